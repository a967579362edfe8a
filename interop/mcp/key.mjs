// Passes everything on to the server at `TO` as it came, with a key: the suite has no way to send one.
// Prints the address at which it listens.
import http from "node:http";

const { TO, KEY } = process.env;
const { hostname, port } = new URL(TO);
const authorization = `Bearer ${KEY}`;

const passed = http.createServer((request, response) => {
  const { method, url } = request;
  const onward = http.request({ hostname, port, method, path: url, headers: { ...request.headers, authorization } }, (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders);
    // A stream of events begins before there is one.
    response.flushHeaders();
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
});
passed.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${passed.address().port}/mcp`));
