// Types only: what a chart is given to draw, and what a picture of several charts is.

/**
 * @typedef {import('/lib/uplot/uPlot.esm.js')} UPlot
 * @typedef {'plain' | 'errors' | 'doubtful' | 'limited' | 'failed'} Mark
 * @typedef {{x: number, y: ?number, mark?: Mark, low?: number, high?: number, label?: string}} Point
 * @typedef {{key: string, label: string, accent: string, dash?: number[], line?: boolean, hollow?: boolean, shape?: import('./swatch.js').Shape, points: Point[]}} Series
 * @typedef {{from: number, to: number, label: string}} Span
 * @typedef {{label: string, unit?: (value: number) => string, log?: 2 | 10, range?: [number, number], ticks?: Map<number, string>, read?: (value: number) => string}} Axis
 *   `read`: under the cursor, where that is not as on the axis
 * @typedef {{series: Series[], spans?: Span[], threshold?: {y: number, label: string}, named?: boolean, dense?: boolean, x: Axis, y: Axis}} Plot
 *   `named`: each line has its name at its end; `dense`: and a mark there alone, and it is broken where it has no value
 */
/**
 * A line of text, the key to the colours of what follows (the swatches of the page), or a drawing.
 * @typedef {{text?: string, big?: boolean, key?: Element[], svg?: SVGElement}} Block
 *
 * A run, and the name by which a picture of several tells it from the others.
 * @typedef {{record: import('../core/record.js').Recording, label: string}} Source
 *
 * A picture draws runs as far as their events have arrived; `blocks` are its texts and drawings, for a file.
 * @typedef {{element: HTMLElement, draw: (sources: Source[]) => void, blocks: () => Block[]}} Picture
 */

export {};
