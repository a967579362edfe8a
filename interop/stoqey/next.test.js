// IBApiNext: promises and observables.
"use strict";
const { after, before, test } = require("node:test");
const assert = require("node:assert/strict");
const { BarSizeSetting, IBApiNext, IBApiTickType, OrderAction, OrderType, ScanCode, SecType, WhatToShow } = require("@stoqey/ib");
const { aapl, connectedNext, firstThat, ko, record, sleep } = require("./client");

const { called, methods } = record(IBApiNext);
let next, apple, coke;
const order = (extra) => ({ action: OrderAction.BUY, totalQuantity: 10, account: "DU1", transmit: true, ...extra });

before(async () => {
  next = await connectedNext();
  [{ contract: apple }] = await next.getContractDetails(aapl);
  [{ contract: coke }] = await next.getContractDetails(ko);
});
after(() => next.disconnect());

test("session", async () => {
  assert.ok(next.isConnected);
  assert.equal(typeof next.logLevel, "number");
  assert.ok((await next.getManagedAccounts()).includes("DU1"));
  assert.ok((await next.getCurrentTime()) > 1640995200);
  assert.equal(typeof (await next.getUserInfo()), "string");
  assert.ok((await next.getNextValidOrderId()) > 0);
});

test("accounts", async () => {
  const summary = await firstThat(next.getAccountSummary("All", "NetLiquidation"), ({ all }) => all.size >= 2);
  assert.ok(summary.all.has("DU1"));
  await firstThat(next.getAccountUpdates("DU1"), ({ all }) => all.value?.size > 0);
  await firstThat(next.getPositions());
  await firstThat(next.getPnL("DU1"));
});

test("contracts", async () => {
  const [chain] = await next.getSecDefOptParams("AAPL", "", SecType.STK, apple.conId);
  assert.ok(chain.strikes.length > 0);
  assert.ok((await next.getMatchingSymbols("AAP")).length > 0);
  const [details] = await next.getContractDetails(aapl);
  assert.ok((await next.getMarketRule(Number(details.marketRuleIds.split(",")[0]))).length > 0);
  assert.ok((await next.getMarketDepthExchanges()).length > 0);
  await assert.rejects(next.getContractDetails({ ...aapl, symbol: "NOSUCHTHING" }), ({ code }) => code === 200);
});

test("market data", async () => {
  const price = ({ all }) => [IBApiTickType.BID, IBApiTickType.ASK, IBApiTickType.LAST].some((type) => all.get(type)?.value > 0);
  await firstThat(next.getMarketData(apple, "", false, false), price);
  assert.ok((await next.getMarketDataSnapshot(coke, "", false)).size > 0);
  next.setMarketDataType(3);
  next.setMarketDataType(1);
  await firstThat(next.getMarketDepth(apple, 5, false), ({ all }) => all.bids.size > 0);
  await firstThat(next.getTickByTickAllLastDataUpdates(apple, 0, false), () => true, 40000);
  await firstThat(next.getRealTimeBars(apple, WhatToShow.TRADES, false), () => true, 30000);
});

test("history", async () => {
  const bars = await next.getHistoricalData(apple, undefined, "5 D", BarSizeSetting.HOURS_ONE, WhatToShow.TRADES, 1, 1);
  assert.ok(bars.length > 1);
  await firstThat(next.getHistoricalDataUpdates(apple, BarSizeSetting.MINUTES_ONE, WhatToShow.TRADES, 1), () => true, 40000);
  assert.ok(await next.getHeadTimestamp(apple, WhatToShow.TRADES, true, 1));
  assert.ok((await next.getHistogramData(apple, true, 1, "day")).length > 0);
  const start = "20220103 09:30:00 US/Eastern";
  await firstThat(next.getHistoricalTicksMid(apple, start, "", 10, true));
  await firstThat(next.getHistoricalTicksBidAsk(apple, start, "", 10, true, false));
  await firstThat(next.getHistoricalTicksLast(apple, start, "", 10, true));
});

test("orders", async () => {
  const filled = await next.placeNewOrder(coke, order({ orderType: OrderType.MKT }));
  assert.ok(filled > 0);
  await sleep(1000);
  assert.ok((await next.getExecutionDetails({ symbol: "KO" })).length > 0);
  assert.ok((await next.getCommissionReport({ symbol: "KO" })).length > 0);
  const [bar] = (await next.getHistoricalData(coke, undefined, "1 D", BarSizeSetting.DAYS_ONE, WhatToShow.TRADES, 1, 1)).slice(-1);
  const low = Math.round(bar.close * 80) / 100;
  const resting = await next.placeNewOrder(coke, order({ orderType: OrderType.LMT, lmtPrice: low }));
  await firstThat(next.getOpenOrders(), ({ all }) => all.some(({ orderId }) => orderId === resting));
  next.modifyOrder(resting, coke, order({ orderType: OrderType.LMT, lmtPrice: low - 1 }));
  await sleep(500);
  const open = await next.getAllOpenOrders();
  assert.equal(open.find(({ orderId }) => orderId === resting)?.order.lmtPrice, low - 1);
  // Only client 0 may; the client knows it and does not ask.
  await assert.rejects(firstThat(next.getAutoOpenOrders(false), () => true, 2000));
  next.cancelOrder(resting);
  await sleep(500);
  next.placeOrder(await next.getNextValidOrderId(), coke, order({ orderType: OrderType.LMT, lmtPrice: low }));
  await sleep(500);
  next.cancelAllOrders({});
  await sleep(500);
  assert.deepEqual(await next.getAllOpenOrders(), []);
  await firstThat(next.getPnLSingle("DU1", "", coke.conId));
});

test("research", async () => {
  assert.match(await next.getScannerParameters(), /^\s*</);
  const scan = { numberOfRows: 5, instrument: "STK", locationCode: "STK.US.MAJOR", scanCode: ScanCode.TOP_PERC_GAIN };
  await firstThat(next.getMarketScanner(scan), ({ all }) => all.size === 5);
  assert.match(await next.getFundamentalData(apple, "ReportSnapshot"), /^<\?xml/);
  await assert.rejects(next.getFundamentalData(apple, "RESC"), ({ code }) => code === 430);
});

test("every public method was called", () => {
  // Not for users: a step of the client's own bookkeeping.
  const missing = methods.filter((name) => !called.has(name) && !["disconnect", "insertAtMapIndex"].includes(name));
  assert.deepEqual(missing, []);
});
