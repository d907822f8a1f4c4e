// Starts Swagger UI on the document that the page links to, light or dark by the visitor's setting.

const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

SwaggerUIBundle({
  url: document.querySelector("link[rel=service-desc]").href,
  dom_id: "#swagger-ui",
  deepLinking: true, // the address names the operation that is open
  defaultModelsExpandDepth: 0, // the schemas of every experiment are a long list: they open on demand
  displayRequestDuration: true, // this is a lab of servers
  validatorUrl: null, // by default a badge is fetched from outside
});
