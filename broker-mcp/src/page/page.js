// The page of the person in charge. It shows what the server answers and sends what the person decides;
// it works nothing out that money depends on. Text of the server is only ever set as text.

const at = (id) => document.getElementById(id);
const seconds = 1000;
let key = sessionStorage.getItem("key");
let reading = null; // ends the stream of updates
let seenFills = null;

/** An element with text and attributes. */
function made(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

class Refused extends Error {
  constructor(status, fault) {
    super(fault?.message ?? `the server answered ${status}`);
    this.status = status;
    this.code = fault?.code;
  }
}

async function ask(path, { method = "GET", body } = {}) {
  const headers = { Authorization: `Bearer ${key}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, cache: "no-store", redirect: "error",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let said = null;
  try { said = JSON.parse(text); } catch { /* an answer that is no JSON is a failure below */ }
  if (!answer.ok || said === null) throw new Refused(answer.status, said?.error ?? said);
  return said;
}

const act = (operation, body = {}) => ask(`/v1/${operation}`, { method: "POST", body });

/** Each account's part of an answer, and what could not be had. */
function parts(answer) {
  if (!answer.accounts) return { rows: [{ account: answer.meta?.account, data: answer.data }], missing: [] };
  return {
    rows: answer.accounts.filter((one) => one.data),
    missing: answer.accounts.filter((one) => one.error).map((one) => `${one.account}: ${one.error.message}`),
  };
}

/** Fills a table; each row is a list of texts or elements, or of [text or element, class]. */
function table(id, rows, none) {
  const body = at(id);
  const columns = body.parentElement.querySelectorAll("th");
  const made_rows = rows.map(({ cells, fresh }) => {
    const row = made("tr", null, fresh ? { class: "new" } : {});
    cells.forEach((cell, index) => {
      const [what, style] = Array.isArray(cell) ? cell : [cell];
      const field = what instanceof Node ? made("td") : made("td", what ?? "–");
      if (what instanceof Node) field.append(what);
      const kind = [columns[index]?.className, style].filter(Boolean).join(" ");
      if (kind) field.className = kind;
      row.append(field);
    });
    return row;
  });
  if (made_rows.length === 0) {
    const field = made("td", none, { class: "none", colspan: columns.length });
    const row = made("tr");
    row.append(field);
    made_rows.push(row);
  }
  body.replaceChildren(...made_rows);
}

const chip = (text, style) => made("span", text, { class: `chip ${style}` });
const sessionStyle = { connected: "good", ready: "good", api_ready: "warn", starting: "warn", degraded: "warn", disconnected: "bad" };

function left(until) {
  if (!until) return null;
  const minutes = Math.round((new Date(until) - Date.now()) / 60_000);
  if (minutes < 0) return "over";
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

/** An exact decimal with its thousands apart; the digits stay what the server said. */
function figure(value) {
  if (value === undefined || value === null) return null;
  const [whole, part] = String(value).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  return part === undefined ? grouped : `${grouped}.${part}`;
}
const clock = (time) => (time ? new Date(time).toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" }) : null);

/** One contract and no other: options of one underlying are not added up. */
const nameOf = (instrument) => (typeof instrument === "string" ? instrument : instrument?.id ?? instrument?.symbol ?? "?");

let accounts = []; // as the server last listed them
let unstopped = []; // what could not be canceled when everything was stopped

async function showStatus() {
  const [{ data }, listed] = await Promise.all([act("get_status"), act("list_accounts")]);
  accounts = listed.data.accounts ?? [];
  showAccounts();
  const brokers = data.brokers ?? [];
  const tokens = data.tokens ?? [];
  table("sessions", brokers.map((broker) => {
    const circuit = broker.circuit ?? data.circuit ?? {};
    const own = accounts.filter((one) => one.broker === broker.id).flatMap((one) => [one.alias, one.id]);
    const token = tokens.find((one) => own.includes(one.account));
    const state = broker.state ?? "unknown";
    const words = broker.last_error ? `${state}: ${broker.last_error}` : state;
    return { cells: [
      broker.id,
      chip(words, sessionStyle[state] ?? "warn"),
      circuit.state ? chip(circuit.state, circuit.state === "closed" ? "good" : "bad") : null,
      token ? (token.valid ? left(token.expires_at) ?? "no end" : chip("log in again", "bad")) : null,
    ] };
  }), "no connection");
  const live = brokers.some((broker) => broker.paper === false);
  const mode = at("mode");
  mode.hidden = false;
  mode.textContent = live ? "LIVE MONEY" : "paper";
  mode.className = `chip ${live ? "bad" : "good"}`;
  const halted = await ask("/v1/kill-switch").catch(() => null);
  const engaged = halted?.data?.engaged ?? data.server?.kill_switch === true;
  at("halted").hidden = !engaged;
  at("halted").textContent = engaged ? `stopped: ${halted?.data?.reason ?? "kill switch engaged"}` : "";
  at("stop").disabled = engaged;
}

function showAccounts() {
  table("accounts", accounts.map((one) => ({ cells: [
    one.alias ?? one.id, one.broker,
    chip(one.kind, one.kind === "live" ? "bad" : "good"),
    one.type ?? null,
    one.last_error ? `${one.status}: ${one.last_error}` : one.status ?? null,
  ] })), "no account");
}

/** The exact sum of two decimals in text; nothing where one of them is missing. */
function sum(a, b) {
  if (a === undefined || a === null || b === undefined || b === null) return null;
  const places = Math.max(...[a, b].map((one) => String(one).split(".")[1]?.length ?? 0));
  const whole = (one) => {
    const [before, after = ""] = String(one).split(".");
    return BigInt(before + after.padEnd(places, "0"));
  };
  const total = whole(a) + whole(b);
  const digits = (total < 0n ? -total : total).toString().padStart(places + 1, "0");
  const sign = total < 0n ? "-" : "";
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Positions of one instrument in one currency, added up over accounts. */
function netted(rows) {
  const all = new Map();
  for (const { account, data } of rows) {
    for (const one of data.positions ?? []) {
      const name = nameOf(one.instrument);
      const held = all.get(`${name} ${one.currency}`);
      const next = held ?? { name, currency: one.currency, price: one.market_price, quantity: "0", value: "0", gain: "0", in: [] };
      next.quantity = sum(next.quantity, one.quantity);
      next.value = sum(next.value, one.market_value);
      next.gain = sum(next.gain, one.unrealized_pnl);
      next.in.push(account);
      all.set(`${name} ${one.currency}`, next);
    }
  }
  return [...all.values()].sort((a, b) => Math.abs(Number(b.value ?? 0)) - Math.abs(Number(a.value ?? 0)));
}

function draw(positions) {
  const valued = positions.filter((one) => one.value !== null);
  const drawn = valued.slice(0, 12).map((one) => ({ ...one, size: Number(one.value) }));
  const chart = at("chart");
  if (drawn.length === 0) {
    chart.replaceChildren();
    at("chart-caption").textContent = "Nothing is held, or nothing has a market value.";
    return;
  }
  const [width, line, names] = [900, 28, 190];
  const most = Math.max(...drawn.map((one) => Math.abs(one.size)));
  const short = drawn.some((one) => one.size < 0);
  const room = (width - names - 150) / (short ? 2 : 1);
  const zero = names + (short ? room : 0);
  const space = "http://www.w3.org/2000/svg";
  const part = (tag, attributes, text) => {
    const element = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const svg = part("svg", { viewBox: `0 0 ${width} ${drawn.length * line + 8}`, "aria-hidden": "true" });
  drawn.forEach((one, index) => {
    const [y, size] = [index * line + 4, Math.max(1, (Math.abs(one.size) / most) * room)];
    const isShort = one.size < 0;
    svg.append(part("text", { x: names - 10, y: y + 16, "text-anchor": "end" }, one.name));
    svg.append(part("rect", { x: isShort ? zero - size : zero, y, width: size, height: line - 8, rx: 2, class: isShort ? "short" : "long" }));
    const label = `${figure(one.size.toFixed(0))} ${one.currency ?? ""}`;
    svg.append(part("text", isShort ? { x: zero + 8, y: y + 16 } : { x: zero + size + 8, y: y + 16 }, label));
  });
  svg.append(part("line", { x1: zero, x2: zero, y1: 0, y2: drawn.length * line + 4, class: "axis" }));
  chart.replaceChildren(svg);
  const hidden = positions.length - drawn.length;
  at("chart-caption").textContent = `Market value by instrument, each in its own currency; blue is held, orange is owed.${hidden > 0 ? ` ${hidden} more are in the table only.` : ""}`;
}

async function showPositions() {
  const { rows, missing } = parts(await act("get_positions", { account: "all" }));
  const positions = netted(rows);
  draw(positions);
  table("positions", positions.map((one) => ({ cells: [
    one.name, figure(one.quantity), figure(one.price),
    one.value === null ? null : `${figure(one.value)} ${one.currency ?? ""}`,
    one.gain === null ? null : [figure(one.gain), one.gain.startsWith("-") ? "bad" : "good"],
    one.in.join(", "),
  ] })), "nothing is held");
  return missing;
}

async function showOrders() {
  const { rows, missing } = parts(await act("get_orders", { account: "all", open_only: true }));
  const orders = rows.flatMap(({ account, data }) => (data.orders ?? []).map((one) => ({ account, ...one })));
  table("orders", orders.map((one) => ({ cells: [
    one.account, one.side, nameOf(one.instrument),
    figure(one.quantity ?? one.notional), figure(one.filled), one.type,
    figure(one.limit_price ?? one.stop_price), chip(one.status, one.status === "unknown" ? "bad" : "warn"),
  ] })), "none");
  return missing;
}

async function showFills() {
  const { rows, missing } = parts(await act("get_executions", { account: "all" }));
  const fills = rows.flatMap(({ account, data }) => (data.fills ?? []).map((one) => ({ account, ...one })));
  fills.sort((a, b) => (a.time < b.time ? 1 : -1));
  const before = seenFills;
  seenFills = new Set(fills.map((one) => `${one.account} ${one.exec_id}`));
  table("fills", fills.slice(0, 50).map((one) => ({
    fresh: before !== null && !before.has(`${one.account} ${one.exec_id}`),
    cells: [
      clock(one.time), one.account, one.side,
      nameOf(one.instrument),
      figure(one.quantity), figure(one.price), figure(one.commission),
    ],
  })), "none yet");
  return missing;
}

let askedForApprovals = 0; // an answer that was overtaken by a later question is old news

async function showApprovals() {
  const turn = ++askedForApprovals;
  const { data } = await ask("/v1/approvals");
  if (turn !== askedForApprovals) return;
  const waiting = data.approvals ?? [];
  const count = at("approvals-count");
  count.textContent = waiting.length;
  count.classList.toggle("some", waiting.length > 0);
  document.title = waiting.length > 0 ? `(${waiting.length}) Operator` : "Operator";
  const list = at("approvals-list");
  const shown = new Map([...list.querySelectorAll("[data-id]")].map((box) => [box.dataset.id, box]));
  // What a person is about to press is neither replaced nor moved down: a press on a button that goes
  // away while it is held down is lost, and one that moves is a press on another.
  for (const one of waiting) {
    const box = shown.get(one.id);
    if (box) box.querySelector("[data-end]").textContent = remaining(one);
    else list.append(approval(one));
    shown.delete(one.id);
  }
  for (const box of shown.values()) {
    const held = box.contains(document.activeElement);
    box.remove();
    if (held) at("approvals").focus({ preventScroll: true });
  }
  const nothing = list.querySelector(".quiet:not([data-end])");
  if (waiting.length > 0) nothing?.remove();
  else if (!nothing) list.replaceChildren(made("p", "Nothing waits.", { class: "quiet" }));
}

const remaining = (one) => `asked by ${one.asked_by} at ${clock(one.asked_at)}, until ${clock(one.expires_at)}`;
const isLive = (one) => one.lines?.some(([, value]) => /\blive\b/i.test(value)) ?? false;

function lines(pairs) {
  return (pairs ?? []).flatMap(([name, value]) => [made("dt", name), made("dd", value)]);
}

function approval(one) {
  const box = made("article", null, { class: `approval${isLive(one) ? " live" : ""}`, "data-id": one.id });
  const list = made("dl");
  list.append(...lines(one.lines));
  const menu = made("menu");
  const yes = made("button", "Approve…", { type: "button", class: "primary" });
  const no = made("button", "Decline…", { type: "button" });
  yes.addEventListener("click", () => decide(one, "approve"));
  no.addEventListener("click", () => decide(one, "decline"));
  menu.append(yes, no);
  box.append(made("p", one.sentence), list, made("span", remaining(one), { class: "quiet", "data-end": "" }), menu);
  return box;
}

/** Asks a person to look twice, and gives back whether they meant it. */
function confirmed(dialog) {
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

async function decide(one, verdict) {
  const agree = verdict === "approve";
  at("agree-title").textContent = agree ? "Approve this?" : "Decline this?";
  at("agree-sentence").textContent = one.sentence;
  at("agree-lines").replaceChildren(...lines(one.lines));
  at("agree-now").textContent = agree ? "Approve" : "Decline";
  at("agree-now").className = agree && isLive(one) ? "danger" : "primary";
  if (!(await confirmed(at("agree-dialog")))) return;
  try {
    await ask(`/v1/approvals/${encodeURIComponent(one.id)}`, { method: "POST", body: { verdict } });
    say(null);
  } catch (refused) {
    say(refused.message);
  }
  await showApprovals().catch(report);
  at("approvals").focus();
}

async function stop() {
  at("reason").value = "";
  if (!(await confirmed(at("stop-dialog")))) return;
  try {
    const { data } = await ask("/v1/kill-switch", {
      method: "POST",
      body: { action: "engage", reason: at("reason").value, cancel_orders: at("cancel-too").checked },
    });
    unstopped = data.warnings ?? [];
    await refresh();
  } catch (refused) {
    unstopped = [refused instanceof Refused
      ? `Orders were NOT stopped: ${refused.message}`
      : `Nobody knows whether orders were stopped: ${refused.message}`];
    say(unstopped[0]);
  }
}

async function search(event) {
  event.preventDefault();
  const words = new URLSearchParams({ text: at("words").value, limit: "100" });
  at("search-note").textContent = "searching…";
  try {
    const { data } = await ask(`/v1/audit?${words}`);
    table("audit", (data.rows ?? []).map((one) => ({ cells: [
      clock(one.at), one.actor, one.account, one.operation,
      chip(one.decision, { accepted: "good", refused: "bad", unconfirmed: "bad" }[one.decision] ?? "warn"),
      made("code", one.what ?? ""),
    ] })), "nothing found");
    const whole = data.whole ? "the chain is whole" : "THE CHAIN IS BROKEN";
    at("search-note").textContent = `${data.rows?.length ?? 0} of ${data.searched ?? 0} rows, ${whole}`;
  } catch (refused) {
    at("search-note").textContent = refused.message;
  }
}

function say(trouble) {
  at("trouble").hidden = !trouble;
  at("trouble").textContent = trouble ?? "";
}

function report(refused) {
  if (refused instanceof Refused && refused.status === 401) return leave("This key is not known, or has ended.");
  say(refused.message);
}

async function refresh() {
  const all = [showStatus, showPositions, showOrders, showFills, showApprovals];
  const done = await Promise.allSettled(all.map((show) => show()));
  if (!key) return;
  const failed = done.filter((one) => one.status === "rejected").map((one) => one.reason);
  const gone = failed.find((one) => one instanceof Refused && one.status === 401);
  if (gone) return report(gone);
  const missing = done.flatMap((one) => (one.status === "fulfilled" && Array.isArray(one.value) ? one.value : []));
  const trouble = [...new Set([...unstopped, ...failed.map((one) => one.message), ...missing])];
  say(trouble.length > 0 ? trouble.join(" · ") : null);
  at("beat").textContent = failed.length === 0 ? `as of ${new Date().toLocaleTimeString()}` : "something could not be asked";
}

let due = null; // the next look after an update

/** Looks again soon, and once for however many updates. */
function lookSoon() {
  due ??= setTimeout(async () => {
    await Promise.allSettled([showFills(), showOrders(), showPositions()]);
    due = null;
  }, 500);
}

/** Browsers allow few connections to one server, and the page needs some for its questions. */
const mostWatched = 3;

/** Updates as they happen; what they say is asked for, so that there is one way of reading it. */
async function follow() {
  reading?.abort();
  const stopper = new AbortController();
  reading = stopper;
  if (accounts.length === 0 || accounts.length > mostWatched) return;
  const open = new Set();
  for (const account of accounts) watch(account.alias ?? account.id, stopper.signal, open);
}

async function watch(account, signal, open) {
  while (key && !signal.aborted) {
    try {
      const answer = await fetch("/v1/stream_account_updates", {
        method: "POST", cache: "no-store", signal,
        headers: { Authorization: `Bearer ${key}`, Accept: "text/event-stream", "Content-Type": "application/json" },
        body: JSON.stringify({ account, seconds: 300 }),
      });
      if (!answer.ok || !answer.body) throw new Error("no stream");
      open.add(account);
      at("live").hidden = open.size < accounts.length;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        if (value.includes("event: progress")) lookSoon();
      }
    } catch { /* the page asks every few seconds all the same */ }
    open.delete(account);
    at("live").hidden = true;
    if (!signal.aborted) await new Promise((done) => setTimeout(done, 5 * seconds));
  }
}

function leave(why) {
  key = null;
  sessionStorage.removeItem("key");
  reading?.abort();
  seenFills = null;
  askedForApprovals += 1;
  at("approvals-list").replaceChildren();
  accounts = [];
  unstopped = [];
  at("room").hidden = true;
  at("door").hidden = false;
  at("leave").hidden = true;
  at("stop").disabled = true;
  for (const id of ["mode", "halted"]) at(id).hidden = true;
  at("beat").textContent = "not connected";
  document.title = "Operator";
  say(why ?? null);
  at("key").focus();
}

async function enter() {
  try {
    await showApprovals();
  } catch (refused) {
    return leave(refused.message);
  }
  sessionStorage.setItem("key", key);
  at("door").hidden = true;
  at("room").hidden = false;
  at("leave").hidden = false;
  at("stop").disabled = false;
  await refresh();
  at("approvals").focus({ preventScroll: true });
  follow();
}

at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  key = at("key").value.trim();
  at("key").value = "";
  enter();
});
at("leave").addEventListener("click", () => leave());
at("stop").addEventListener("click", stop);
at("search").addEventListener("submit", search);
at("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
setInterval(() => { if (key && !document.hidden && !at("room").hidden) refresh(); }, 5 * seconds);
setInterval(() => { if (key && !at("room").hidden) showApprovals().catch(report); }, 2 * seconds);
if (key) enter();
