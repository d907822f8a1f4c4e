// Counts the newest notes. Its address is hard-coded, as that of the page's script is.
const notes = await (await fetch('/notes?limit=3')).json();
document.querySelector('output').textContent = `at most 3 notes: ${notes.length}`;
