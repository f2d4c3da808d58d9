// Runs SQL statements in an in-memory DuckDB: `node query.mjs FILE.sql …`; prints the rows of the last one as JSON.
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
let rows = [];
for (const file of process.argv.slice(2)) {
  const reader = await connection.runAndReadAll(readFileSync(file, "utf8"));
  rows = reader.getRowObjectsJson();
}
console.log(JSON.stringify(rows));
