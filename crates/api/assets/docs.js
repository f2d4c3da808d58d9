"use strict";
SwaggerUIBundle({
  url: "/v1/openapi.json",
  dom_id: "#interface",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  tagsSorter: "alpha",
  tryItOutEnabled: true,
  validatorUrl: null,
});
