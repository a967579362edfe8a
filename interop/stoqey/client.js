// A connected client of either kind, the contracts of the simulated world, and what was called.
"use strict";
const { IBApi, IBApiNext, EventName, SecType } = require("@stoqey/ib");

const host = process.env.HOST ?? "127.0.0.1";
const port = Number(process.env.PORT);
if (!port) throw new Error("set PORT to the port of the Trader Workstation server");

let nextClientId = Number(process.env.CLIENT_ID ?? 100) + (process.pid % 1000) * 10;
let nextRequestId = 1;

/** Wraps every method of a class so that `called` knows which were used. */
function record(type) {
  const called = new Set();
  const methods = Object.getOwnPropertyNames(type.prototype).filter((name) => {
    const property = Object.getOwnPropertyDescriptor(type.prototype, name);
    return name !== "constructor" && typeof property.value === "function";
  });
  for (const name of methods) {
    const original = type.prototype[name];
    type.prototype[name] = function (...args) {
      called.add(name);
      return original.apply(this, args);
    };
  }
  return { called, methods };
}

/** Resolves with the arguments of the first `event` that `accept` takes. */
function until(ib, event, accept = () => true, ms = 20000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      ib.removeListener(event, listener);
      reject(new Error(`waited ${ms} ms in vain for ${event}`));
    }, ms);
    const listener = (...args) => {
      if (!accept(...args)) return;
      clearTimeout(timer);
      ib.removeListener(event, listener);
      resolve(args);
    };
    ib.on(event, listener);
  });
}

/** Calls, and gives what came in events of one name up to the event that ends it. */
async function collect(ib, call, event, end, accept = () => true) {
  const rows = [];
  const listener = (...args) => accept(...args) && rows.push(args);
  ib.on(event, listener);
  const ended = until(ib, end, accept);
  call();
  await ended;
  ib.removeListener(event, listener);
  return rows;
}

/** Resolves when the first thing that is said about a request is an error with this code. */
async function refused(ib, id, code) {
  const [error, is] = await until(ib, EventName.error, (_e, _code, about) => about === id);
  if (is !== code) throw new Error(`expected error ${code}, not ${is}: ${error.message}`);
}

/** Resolves with the answer to a request; rejects with the error that comes instead. */
function answer(ib, id, event) {
  const error = until(ib, EventName.error, (_e, _code, about) => about === id).then(([e, code]) => {
    throw new Error(`error ${code} instead of ${event}: ${e.message}`);
  });
  const answered = until(ib, event, (about) => about === id);
  error.catch(() => {});
  return Promise.race([answered, error]);
}

async function connected(options = {}) {
  const ownClientId = nextClientId++;
  const ib = new IBApi({ host, port, clientId: ownClientId, ...options });
  ib.ownClientId = ownClientId;
  ib.errors = [];
  ib.infos = [];
  ib.on(EventName.error, (e, code, id) => ib.errors.push({ message: e.message, code, id }));
  ib.on(EventName.info, (message, code) => ib.infos.push({ message, code }));
  const ready = Promise.all([until(ib, EventName.nextValidId), until(ib, EventName.managedAccounts)]);
  ib.connect();
  const [[orderId], [accounts]] = await ready;
  ib.nextOrderId = orderId;
  ib.accounts = accounts.split(",").filter(Boolean);
  return ib;
}

async function connectedNext() {
  const next = new IBApiNext({ host, port, reconnectInterval: 0 });
  const up = firstThat(next.connectionState, (state) => state === 2);
  next.connect(nextClientId++);
  await up;
  return next;
}

/** The first value of an observable that `accept` takes. */
function firstThat(observable, accept = () => true, ms = 20000) {
  return new Promise((resolve, reject) => {
    let subscription;
    const timer = setTimeout(() => {
      subscription?.unsubscribe();
      reject(new Error(`waited ${ms} ms in vain for an update`));
    }, ms);
    const finish = (settle, value) => {
      clearTimeout(timer);
      settle(value);
      setImmediate(() => subscription?.unsubscribe());
    };
    subscription = observable.subscribe({
      next: (value) => accept(value) && finish(resolve, value),
      error: (error) => finish(reject, error),
    });
  });
}

const aapl = { symbol: "AAPL", secType: SecType.STK, exchange: "SMART", currency: "USD" };
const ko = { symbol: "KO", secType: SecType.STK, exchange: "SMART", primaryExch: "NYSE", currency: "USD" };
const eurusd = { symbol: "EUR", secType: SecType.CASH, exchange: "IDEALPRO", currency: "USD" };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const requestId = () => nextRequestId++;

module.exports = {
  aapl, answer, collect, connected, connectedNext, eurusd, firstThat, ko, record, refused, requestId, sleep, until,
};
