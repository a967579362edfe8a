// IBApi: requests in, events out.
"use strict";
const { after, before, test } = require("node:test");
const assert = require("node:assert/strict");
const { EventName, IBApi, OrderAction, OrderType, ScanCode, SecType, BarSizeSetting, TimeCondition, WhatToShow } = require("@stoqey/ib");
const { aapl, answer, collect, connected, eurusd, ko, record, refused, requestId, sleep, until } = require("./client");

const { called, methods } = record(IBApi);
let ib, apple, coke, option;

const details = async (contract) => {
  const id = requestId();
  const rows = await collect(ib, () => ib.reqContractDetails(id, contract), EventName.contractDetails,
    EventName.contractDetailsEnd, (about) => about === id);
  return rows.map(([, row]) => row);
};
const order = (extra) => ({ action: OrderAction.BUY, totalQuantity: 10, account: "DU1", transmit: true, ...extra });
const place = (contract, terms, id = ib.nextOrderId++) => (ib.placeOrder(id, contract, terms), id);
const status = (id, ...wanted) => until(ib, EventName.orderStatus, (about, is) => about === id && wanted.includes(is));
const lastPrice = async (contract) => {
  const id = requestId();
  const price = until(ib, EventName.tickPrice, (about, type, value) => about === id && [1, 2, 4, 9].includes(type) && value > 0);
  ib.reqMktData(id, contract, "", false, false);
  const [, , value] = await price;
  ib.cancelMktData(id);
  return value;
};

before(async () => {
  ib = await connected();
  [{ contract: apple }] = await details(aapl);
  [{ contract: coke }] = await details(ko);
});
after(async () => {
  ib.reqGlobalCancel();
  await sleep(300);
  ib.disconnect();
});

test("connects at server version 178 and knows its accounts", async () => {
  assert.equal(ib.serverVersion, 178);
  assert.ok(ib.isConnected);
  assert.ok(ib.accounts.includes("DU1") && ib.accounts.includes("DU2"));
  const accounts = until(ib, EventName.managedAccounts);
  ib.reqManagedAccts();
  assert.deepEqual((await accounts)[0].split(",").filter(Boolean), ib.accounts);
  await sleep(200);
  for (const farm of [2104, 2106, 2158]) assert.ok(ib.infos.some(({ code }) => code === farm), `${farm}`);
});

test("time, ids, user, log level", async () => {
  const time = until(ib, EventName.currentTime);
  ib.reqCurrentTime();
  assert.ok((await time)[0] > 1640995200);
  const next = until(ib, EventName.nextValidId);
  ib.reqIds(1);
  assert.ok((await next)[0] >= ib.nextOrderId);
  const id = requestId();
  const user = until(ib, EventName.userInfo, (about) => about === id);
  ib.reqUserInfo(id);
  await user;
  ib.setServerLogLevel(2);
});

test("contracts: details, unknown, search, rule, chain, exchanges", async () => {
  assert.equal(apple.symbol, "AAPL");
  const unknown = requestId();
  const none = refused(ib, unknown, 200);
  ib.reqContractDetails(unknown, { ...aapl, symbol: "NOSUCHTHING" });
  await none;

  const search = requestId();
  const found = until(ib, EventName.symbolSamples, (about) => about === search);
  ib.reqMatchingSymbols(search, "AAP");
  assert.ok((await found)[1].some(({ contract }) => contract.symbol === "AAPL"));

  const [{ marketRuleIds }] = await details(aapl);
  const rule = until(ib, EventName.marketRule);
  ib.reqMarketRule(Number(marketRuleIds.split(",")[0]));
  assert.ok((await rule)[1][0].increment > 0);

  const chainId = requestId();
  const chains = await collect(ib, () => ib.reqSecDefOptParams(chainId, "AAPL", "", SecType.STK, apple.conId),
    EventName.securityDefinitionOptionParameter, EventName.securityDefinitionOptionParameterEnd, (about) => about === chainId);
  const [, exchange, , , multiplier, expirations, strikes] = chains.find(([, name]) => name === "SMART") ?? chains[0];
  assert.equal(multiplier, 100);
  const price = await lastPrice(apple);
  const near = [...strikes].sort((a, b) => a - b).find((strike) => strike > price);
  const [found_] = await details({
    symbol: "AAPL", secType: SecType.OPT, exchange, currency: "USD", right: "C", strike: near,
    lastTradeDateOrContractMonth: [...expirations].sort()[Math.min(2, expirations.length - 1)],
  });
  option = found_.contract;

  const depth = until(ib, EventName.mktDepthExchanges);
  ib.reqMktDepthExchanges();
  assert.ok((await depth)[0].length > 0);
  const components = requestId();
  const parts = answer(ib, components, EventName.smartComponents);
  ib.reqSmartComponents(components, "9c0001");
  assert.ok((await parts)[1].size > 0);
  const tiers = requestId();
  const told = answer(ib, tiers, EventName.softDollarTiers);
  ib.reqSoftDollarTiers(tiers);
  assert.deepEqual((await told)[1], []);
  const families = until(ib, EventName.familyCodes);
  ib.reqFamilyCodes();
  assert.deepEqual((await families)[0].map(({ accountID }) => accountID), ib.accounts);
});

test("market data: streaming, snapshot, delayed, greeks", async () => {
  assert.ok((await lastPrice(apple)) > 0);
  assert.ok((await lastPrice(eurusd)) > 0);
  const snapshot = requestId();
  const ended = until(ib, EventName.tickSnapshotEnd, (about) => about === snapshot);
  ib.reqMktData(snapshot, coke, "", true, false);
  await ended;
  ib.reqMarketDataType(3);
  const delayed = requestId();
  const kind = until(ib, EventName.marketDataType, (about) => about === delayed);
  ib.reqMktData(delayed, apple, "", false, false);
  await kind;
  ib.cancelMktData(delayed);
  ib.reqMarketDataType(1);
  const greeks = requestId();
  const model = until(ib, EventName.tickOptionComputation, (about, type) => about === greeks && type === 13);
  ib.reqMktData(greeks, option, "", false, false);
  assert.ok((await model)[4] > 0, "delta");
  ib.cancelMktData(greeks);
});

test("option calculators", async () => {
  const under = await lastPrice(apple);
  const priced = requestId();
  const price = until(ib, EventName.tickOptionComputation, (about) => about === priced);
  ib.calculateOptionPrice(priced, option, 0.3, under);
  const optionPrice = (await price)[5];
  ib.cancelCalculateOptionPrice(priced);
  const implied = requestId();
  const volatility = until(ib, EventName.tickOptionComputation, (about) => about === implied);
  ib.calculateImpliedVolatility(implied, option, optionPrice, under);
  assert.ok(Math.abs((await volatility)[3] - 0.3) < 0.01);
  ib.cancelCalculateImpliedVolatility(implied);
});

test("depth, real-time bars, tick by tick", async () => {
  const depth = requestId();
  const row = Promise.race([
    until(ib, EventName.updateMktDepth, (about) => about === depth),
    until(ib, EventName.updateMktDepthL2, (about) => about === depth),
  ]);
  ib.reqMktDepth(depth, apple, 5, false);
  await row;
  ib.cancelMktDepth(depth, false);
  const bars = requestId();
  const bar = until(ib, EventName.realtimeBar, (about) => about === bars, 30000);
  ib.reqRealTimeBars(bars, apple, 5, WhatToShow.TRADES, false);
  const [, , open, high, low] = await bar;
  assert.ok(low <= open && open <= high);
  ib.cancelRealTimeBars(bars);
  for (const [type, event] of [["BidAsk", EventName.tickByTickBidAsk], ["MidPoint", EventName.tickByTickMidPoint], ["AllLast", EventName.tickByTickAllLast]]) {
    const id = requestId();
    const tick = until(ib, event, (about) => about === id, 40000);
    ib.reqTickByTickData(id, type === "AllLast" ? apple : eurusd, type, 0, false);
    await tick;
    ib.cancelTickByTickData(id);
  }
});

test("history: bars, updates, ticks, first time, histogram, schedule", async () => {
  const bars = requestId();
  const rows = [];
  ib.on(EventName.historicalData, (about, date) => about === bars && rows.push(date));
  const finished = until(ib, EventName.historicalData, (about, date) => about === bars && date.startsWith("finished"));
  ib.reqHistoricalData(bars, apple, "", "5 D", BarSizeSetting.HOURS_ONE, WhatToShow.TRADES, 1, 1, false);
  await finished;
  assert.ok(rows.length > 1);
  const kept = requestId();
  const update = until(ib, EventName.historicalDataUpdate, (about) => about === kept, 40000);
  ib.reqHistoricalData(kept, apple, "", "1 D", BarSizeSetting.MINUTES_ONE, WhatToShow.TRADES, 0, 1, true);
  await update;
  ib.cancelHistoricalData(kept);
  for (const [what, event] of [["TRADES", EventName.historicalTicksLast], ["BID_ASK", EventName.historicalTicksBidAsk], ["MIDPOINT", EventName.historicalTicks]]) {
    const id = requestId();
    const ticks = until(ib, event, (about) => about === id);
    ib.reqHistoricalTicks(id, apple, "20220103 09:30:00 US/Eastern", "", 10, what, 1, false);
    assert.ok((await ticks)[1].length > 0, what);
  }
  const head = requestId();
  const first = until(ib, EventName.headTimestamp, (about) => about === head);
  ib.reqHeadTimestamp(head, apple, WhatToShow.TRADES, true, 1);
  assert.ok((await first)[1]);
  ib.cancelHeadTimestamp(head);
  const histogram = requestId();
  const prices = until(ib, EventName.histogramData, (about) => about === histogram);
  ib.reqHistogramData(histogram, apple, true, 1, "day");
  assert.ok((await prices)[1].length > 0);
  ib.cancelHistogramData(histogram);
  const schedule = requestId();
  const sessions = until(ib, EventName.historicalSchedule, (about) => about === schedule);
  ib.reqHistoricalData(schedule, apple, "", "5 D", BarSizeSetting.DAYS_ONE, "SCHEDULE", 1, 1, false);
  assert.ok((await sessions)[4].length > 0);
});

test("a market order fills, with its execution and commission", async () => {
  const id = ib.nextOrderId++;
  const filled = status(id, "Filled");
  const execution = until(ib, EventName.execDetails, (_r, _c, exec) => exec.orderId === id);
  const commission = until(ib, EventName.commissionReport);
  place(coke, order({ orderType: OrderType.MKT, orderRef: "interop" }), id);
  await filled;
  const [, , exec] = await execution;
  assert.equal(exec.orderRef, "interop");
  assert.ok((await commission)[0].commission >= 0);
});

test("a limit order rests, changes, and is cancelled", async () => {
  const low = Math.round((await lastPrice(coke)) * 80) / 100;
  const id = ib.nextOrderId++;
  const resting = status(id, "Submitted", "PreSubmitted");
  place(coke, order({ orderType: OrderType.LMT, lmtPrice: low }), id);
  await resting;
  const changed = until(ib, EventName.openOrder, (about, _c, terms) => about === id && terms.lmtPrice === low - 1);
  place(coke, order({ orderType: OrderType.LMT, lmtPrice: low - 1 }), id);
  await changed;
  const open = await collect(ib, () => ib.reqOpenOrders(), EventName.openOrder, EventName.openOrderEnd);
  assert.ok(open.some(([about]) => about === id));
  const all = await collect(ib, () => ib.reqAllOpenOrders(), EventName.openOrder, EventName.openOrderEnd);
  assert.ok(all.some(([about]) => about === id));
  const gone = status(id, "Cancelled", "ApiCancelled");
  ib.cancelOrder(id);
  await gone;
});

test("bracket, stop, trail, what-if, conditions", async () => {
  const price = await lastPrice(coke);
  const at = (factor) => Math.round(price * factor * 100) / 100;
  const parent = ib.nextOrderId++, profit = ib.nextOrderId++, loss = ib.nextOrderId++;
  const held = Promise.all([parent, profit, loss].map((id) => status(id, "Submitted", "PreSubmitted")));
  place(coke, order({ orderType: OrderType.LMT, lmtPrice: at(0.8), transmit: false }), parent);
  place(coke, order({ action: OrderAction.SELL, orderType: OrderType.LMT, lmtPrice: at(1.2), parentId: parent, transmit: false }), profit);
  place(coke, order({ action: OrderAction.SELL, orderType: OrderType.STP, auxPrice: at(0.7), parentId: parent }), loss);
  await held;
  const ended = Promise.all([parent, profit, loss].map((id) => status(id, "Cancelled", "ApiCancelled")));
  ib.cancelOrder(parent);
  await ended;

  const trail = ib.nextOrderId++;
  const trailing = status(trail, "PreSubmitted");
  place(coke, order({ action: OrderAction.SELL, orderType: OrderType.TRAIL, trailingPercent: 10 }), trail);
  await trailing;
  ib.cancelOrder(trail);

  const waits = ib.nextOrderId++;
  const conditional = status(waits, "PreSubmitted");
  const condition = new TimeCondition("20300101 00:00:00 US/Eastern", true, "a");
  place(coke, order({ orderType: OrderType.MKT, conditions: [condition] }), waits);
  await conditional;
  const ends = status(waits, "Cancelled");
  ib.cancelOrder(waits);
  await ends;

  const whatIf = ib.nextOrderId++;
  const state = until(ib, EventName.openOrder, (about) => about === whatIf);
  place(coke, order({ orderType: OrderType.MKT, whatIf: true }), whatIf);
  assert.ok((await state)[3].initMarginChange > 0);
});

test("errors about orders: tick 110, reject 201, unknown 10147", async () => {
  const off = ib.nextOrderId++;
  const tick = refused(ib, off, 110);
  place(coke, order({ orderType: OrderType.LMT, lmtPrice: 40.0037 }), off);
  await tick;
  const big = ib.nextOrderId++;
  const reject = refused(ib, big, 201);
  place(coke, order({ orderType: OrderType.MKT, totalQuantity: 1000000 }), big);
  await reject;
  const huge = ib.nextOrderId++;
  const limit = refused(ib, huge, 383);
  place(coke, order({ orderType: OrderType.MKT, totalQuantity: 100000000 }), huge);
  await limit;
  const unknown = refused(ib, 999999, 10147);
  ib.cancelOrder(999999);
  await unknown;
});

test("executions, completed orders, automatic orders, exercise, global cancel", async () => {
  const id = requestId();
  const fills = await collect(ib, () => ib.reqExecutions(id, { symbol: "KO" }), EventName.execDetails,
    EventName.execDetailsEnd, (about) => about === id);
  assert.ok(fills.length > 0);
  const completed = await collect(ib, () => ib.reqCompletedOrders(false), EventName.completedOrder, EventName.completedOrdersEnd);
  assert.ok(completed.length > 0);
  ib.reqAutoOpenOrders(false);
  const bought = ib.nextOrderId++;
  const filled = status(bought, "Filled");
  place(option, order({ orderType: OrderType.MKT, totalQuantity: 1 }), bought);
  await filled;
  const exercise = ib.nextOrderId++;
  const outOfTheMoney = refused(ib, exercise, 322);
  ib.exerciseOptions(exercise, option, 1, 1, "DU1", 0);
  await outOfTheMoney;
  ib.reqGlobalCancel();
  await sleep(500);
});

test("accounts: updates, summary, positions, profit and loss", async () => {
  const values = await collect(ib, () => ib.reqAccountUpdates(true, "DU1"), EventName.updateAccountValue, EventName.accountDownloadEnd);
  assert.ok(values.some(([key]) => key === "NetLiquidation"));
  ib.reqAccountUpdates(false, "DU1");
  const summary = requestId();
  const rows = await collect(ib, () => ib.reqAccountSummary(summary, "All", "NetLiquidation,BuyingPower"),
    EventName.accountSummary, EventName.accountSummaryEnd, (about) => about === summary);
  assert.ok(new Set(rows.map(([, account]) => account)).size >= 2);
  ib.cancelAccountSummary(summary);
  const positions = await collect(ib, () => ib.reqPositions(), EventName.position, EventName.positionEnd);
  assert.ok(positions.some(([, contract]) => contract.symbol === "KO"));
  ib.cancelPositions();
  const multi = requestId();
  await collect(ib, () => ib.reqPositionsMulti(multi, "DU1", ""), EventName.positionMulti, EventName.positionMultiEnd, (about) => about === multi);
  ib.cancelPositionsMulti(multi);
  const updates = requestId();
  await collect(ib, () => ib.reqAccountUpdatesMulti(updates, "DU1", "", false), EventName.accountUpdateMulti,
    EventName.accountUpdateMultiEnd, (about) => Number(about) === updates);
  ib.cancelAccountUpdatesMulti(updates);
  const pnl = requestId();
  const total = until(ib, EventName.pnl, (about) => about === pnl);
  ib.reqPnL(pnl, "DU1", "");
  await total;
  ib.cancelPnL(pnl);
  const single = requestId();
  const one = until(ib, EventName.pnlSingle, (about) => about === single);
  ib.reqPnLSingle(single, "DU1", "", coke.conId);
  await one;
  ib.cancelPnLSingle(single);
});

test("research: news, reports, scanner, calendar, display groups, advisors", async () => {
  const providers = until(ib, EventName.newsProviders);
  ib.reqNewsProviders();
  const codes = (await providers)[0].map(({ providerCode }) => providerCode).join("+");
  const news = requestId();
  const headlines = await collect(ib, () => ib.reqHistoricalNews(news, apple.conId, codes, "", "", 5),
    EventName.historicalNews, EventName.historicalNewsEnd, (about) => about === news);
  assert.equal(codes, "SIM");
  const [, , provider, article] = headlines[0];
  const scan = { numberOfRows: 5, instrument: "STK", locationCode: "STK.US.MAJOR", scanCode: ScanCode.TOP_PERC_GAIN };
  const noEvents = requestId();
  const metaFirst = refused(ib, noEvents, 10282);
  ib.reqWshEventData(noEvents, apple.conId);
  await metaFirst;
  const answers = [
    [EventName.newsArticle, (id) => ib.reqNewsArticle(id, provider, article), ([, , text]) => /AAPL/.test(text)],
    [EventName.fundamentalData, (id) => ib.reqFundamentalData(id, apple, "ReportSnapshot"), ([, xml]) => /^<\?xml/.test(xml)],
    [EventName.scannerData, (id) => ib.reqScannerSubscription(id, scan), ([, rank]) => rank === 0],
    [EventName.wshMetaData, (id) => ib.reqWshMetaData(id), ([, json]) => JSON.parse(json).meta_data.event_types.length > 0],
    [EventName.wshEventData, (id) => ib.reqWshEventData(id, apple.conId), ([, json]) => JSON.parse(json).length > 0],
    [EventName.displayGroupList, (id) => ib.queryDisplayGroups(id), ([, groups]) => groups === "1|2|3|4|5|6|7"],
    [EventName.displayGroupUpdated, (id) => ib.subscribeToGroupEvents(id, 1), ([, shown]) => shown === "none"],
  ];
  const asked = {};
  for (const [event, call, holds] of answers) {
    const id = (asked[event] = requestId());
    const answered = answer(ib, id, event);
    call(id);
    const args = await answered;
    assert.ok(holds(args), `${event}: ${JSON.stringify(args)}`);
  }
  const shown = answer(ib, asked.displayGroupUpdated, EventName.displayGroupUpdated);
  ib.updateDisplayGroup(asked.displayGroupUpdated, `${apple.conId}@SMART`);
  assert.equal((await shown)[1], `${apple.conId}@SMART`);
  ib.unsubscribeFromGroupEvents(asked.displayGroupUpdated);
  ib.cancelFundamentalData(asked.fundamentalData);
  for (const [event, code, cancel] of [
    [EventName.scannerData, 162, (id) => ib.cancelScannerSubscription(id)],
    [EventName.wshMetaData, 10280, (id) => ib.reqCancelWshMetaData(id)],
    [EventName.wshEventData, 10284, (id) => ib.reqCancelWshEventData(id)],
  ]) {
    const cancelled = refused(ib, asked[event], code);
    cancel(asked[event]);
    await cancelled;
  }
  const parameters = until(ib, EventName.scannerParameters);
  ib.reqScannerParameters();
  assert.match((await parameters)[0], /^\s*</);
  ib.reqNewsBulletins(true);
  ib.cancelNewsBulletins();
  // An error about no request is an info to this client.
  const notAnAdvisor = until(ib, EventName.info, (_m, code) => code === 321);
  ib.requestFA(1);
  await notAnAdvisor;
  const replace = requestId();
  const notReplaced = refused(ib, replace, 321);
  ib.replaceFA(replace, 1, "<ListOfGroups/>");
  await notReplaced;
});

test("the fifty-first message of a second is not answered, and who goes on is thrown out", async () => {
  await sleep(1000);
  const hasty = await connected({ maxReqPerSec: 10000 });
  const answers = [];
  hasty.on(EventName.currentTime, (time) => answers.push(time));
  for (let i = 0; i < 52; i++) hasty.reqCurrentTime();
  await sleep(500);
  assert.equal(answers.length, 50);
  assert.deepEqual(hasty.infos.filter(({ code }) => code === 100).length, 2);
  const gone = until(hasty, EventName.disconnected);
  for (let i = 0; i < 60; i++) hasty.reqCurrentTime();
  await gone;
  await sleep(1000);
});

test("a client id in use is refused with 326", async () => {
  const second = new IBApi({ host: process.env.HOST, port: Number(process.env.PORT), clientId: ib.ownClientId });
  // An error about no request is an info to this client.
  const inUse = until(second, EventName.info, (_m, code) => code === 326);
  second.on(EventName.error, () => {});
  second.connect();
  await inUse;
  second.disconnect();
  assert.ok(ib.isConnected);
});

test("no message of the server was more than, or other than, what the client reads", () => {
  assert.deepEqual(ib.errors.filter(({ message }) => /Decoding error|Underrun|No parser/.test(message)), []);
});

test("every public method was called", () => {
  // The old handshake, before version 100, is the one thing that this server does not speak.
  const missing = methods.filter((name) => !called.has(name) && !["disconnect", "disableUseV100Plus"].includes(name));
  assert.deepEqual(missing, []);
});
