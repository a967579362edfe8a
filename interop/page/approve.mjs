// A person approves on the operator page; see `run`.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const { URL: url, APPROVER: approver, TRADER: trader, CHROMIUM } = process.env;
assert(url && approver && trader && CHROMIUM, "run it with `run`");
// How long a slow machine may take for one step; whatever is wrong shows by then.
const patience = 180_000;
mkdirSync("out", { recursive: true });

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  timeout: patience,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});

let placed = 0;
/** Asks for an order, as a model does; with what a person agreed to, if somebody has. */
async function order(name, more, preview_id) {
  const answer = await fetch(`${url}/v1/place_order`, {
    method: "POST",
    headers: { Authorization: `Bearer ${trader}`, "Content-Type": "application/json" },
    body: JSON.stringify({ order: { instrument: "AAPL", side: "BUY", ...more }, client_order_id: name, preview_id }),
  });
  return { status: answer.status, said: await answer.json() };
}
const resting = () => order(`waits-${placed++}`, { quantity: placed, type: "LIMIT", limit_price: "100" });

async function signIn(colorScheme) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 1400 } });
  page.setDefaultTimeout(patience);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  await page.goto(`${url}/page/`);
  await page.fill("#key", approver);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#room:not([hidden])");
  return { page, wrong };
}

async function tabTo(page, words) {
  for (let presses = 0; presses < 60; presses++) {
    if (await page.evaluate((words) => document.activeElement.textContent === words, words)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${words} cannot be reached with the keyboard`);
}

/** An order waits, a person agrees, it is placed, and its fill and its position are on the page. */
async function approve(colorScheme, way) {
  const { page, wrong } = await signIn(colorScheme);
  const name = `${colorScheme}-${way}`;
  const market = { quantity: 5, type: "MARKET" };
  const before = await page.locator("#fills tr").count();
  const asked = await order(name, market);
  assert.equal(asked.status, 428, JSON.stringify(asked.said));
  const { approval_id } = asked.said.error.details;
  const box = page.locator(`[data-id="${approval_id}"]`);
  await box.waitFor();
  const agree = page.locator("#agree-dialog");
  if (way === "mouse") await box.getByText("Approve…").click();
  else {
    await tabTo(page, "Approve…");
    await page.keyboard.press("Enter");
  }
  await agree.waitFor();
  assert.match(await page.locator("#agree-lines").textContent(), /simulated.*AAPL.*MARKET/);
  await page.screenshot({ path: `out/${name}-dialog.png` });
  if (way === "mouse") await page.click("#agree-now");
  else {
    await tabTo(page, "Approve");
    await page.keyboard.press("Enter");
  }
  await box.waitFor({ state: "detached" });
  const again = await order(name, market, approval_id);
  assert.equal(again.said.data?.order.status, "filled", JSON.stringify(again.said));
  await page.waitForFunction((before) => document.querySelectorAll("#fills tr").length > before, before);
  await page.locator("#chart rect").first().waitFor();
  await page.screenshot({ path: `out/${name}.png`, fullPage: true });
  assert.deepEqual(wrong, []);
  await page.close();
}

/** Whatever comes in while a button is held down, the press counts, and for what was pressed. */
async function pressWhileMoreComesIn() {
  const { page, wrong } = await signIn("light");
  await resting();
  const box = page.locator(".approval").first();
  await box.waitFor();
  const sentence = await box.locator("p").textContent();
  const at = await box.getByText("Approve…").boundingBox();
  const shown = await page.locator(".approval").count();
  await page.mouse.move(at.x + 10, at.y + 10);
  await page.mouse.down();
  await resting();
  await page.waitForFunction((shown) => document.querySelectorAll(".approval").length > shown, shown);
  await page.mouse.up();
  await page.locator("#agree-dialog").waitFor();
  assert.equal(await page.locator("#agree-sentence").textContent(), sentence);
  await page.keyboard.press("Escape");
  await page.locator("#agree-dialog").waitFor({ state: "hidden" });
  assert.equal(await page.locator(".approval").count(), shown + 1, "nobody has agreed");
  assert.deepEqual(wrong, []);
  await page.close();
}

for (const colorScheme of ["light", "dark"]) {
  for (const way of ["mouse", "keyboard"]) await approve(colorScheme, way);
}
await pressWhileMoreComesIn();
await browser.close();
console.log("the page: 5 passed");
