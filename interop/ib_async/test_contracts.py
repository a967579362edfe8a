"""Contracts, search, rules and option chains."""

import pytest
from ib_async import Bag, ComboLeg, Contract, Index, Option, Stock


def test_contract_details(ib, aapl):
    (details,) = ib.reqContractDetails(aapl)
    assert details.contract.conId == aapl.conId
    assert details.minTick > 0
    assert details.longName
    assert "SMART" in details.validExchanges.split(",")
    assert "LMT" in details.orderTypes.split(",")
    assert details.tradingHours and details.liquidHours and details.timeZoneId


def test_a_contract_by_its_number_alone(ib, aapl):
    (details,) = ib.reqContractDetails(Contract(conId=aapl.conId))
    assert details.contract.symbol == "AAPL"


def test_every_class_qualifies(aapl, ko, hong_kong, eurusd, spx, btc, es, call):
    kinds = [c.secType for c in (aapl, ko, hong_kong, eurusd, spx, btc, es, call)]
    assert kinds == ["STK", "STK", "STK", "CASH", "IND", "CRYPTO", "FUT", "OPT"]
    assert hong_kong.currency == "HKD"
    assert call.multiplier == "100"


@pytest.mark.says(200)
def test_an_unknown_symbol_is_an_error_200(ib):
    assert ib.reqContractDetails(Stock("NOSUCHTHING", "SMART", "USD")) == []
    assert ib.qualifyContracts(Stock("NOSUCHTHING", "SMART", "USD")) == [None]


def test_an_ambiguous_option_does_not_qualify(ib):
    assert ib.qualifyContracts(Option("AAPL", exchange="SMART", currency="USD")) == [None]


def test_matching_symbols(ib):
    found = ib.reqMatchingSymbols("AAP")
    assert "AAPL" in {d.contract.symbol for d in found}
    apple = next(d for d in found if d.contract.symbol == "AAPL")
    assert "OPT" in apple.derivativeSecTypes


def test_market_rules_of_a_contract(ib, aapl):
    (details,) = ib.reqContractDetails(aapl)
    rule = ib.reqMarketRule(int(details.marketRuleIds.split(",")[0]))
    assert rule and rule[0].increment > 0


def test_option_chain(ib, aapl):
    chains = ib.reqSecDefOptParams("AAPL", "", "STK", aapl.conId)
    smart = next(c for c in chains if c.exchange == "SMART")
    assert smart.multiplier == "100"
    assert len(smart.expirations) > 1 and len(smart.strikes) > 10


def test_options_of_one_expiry(ib, aapl):
    chain = next(c for c in ib.reqSecDefOptParams("AAPL", "", "STK", aapl.conId) if c.exchange == "SMART")
    expiry = sorted(chain.expirations)[0]
    details = ib.reqContractDetails(Option("AAPL", expiry, right="C", exchange="SMART", currency="USD"))
    assert {d.contract.right for d in details} == {"C"}
    assert {d.contract.lastTradeDateOrContractMonth for d in details} == {expiry}


def test_index_options_exist(ib, spx):
    assert ib.reqSecDefOptParams("SPX", "", "IND", spx.conId)


def test_depth_exchanges(ib):
    exchanges = ib.reqMktDepthExchanges()
    assert exchanges and all(e.exchange for e in exchanges)


def test_smart_components(ib, aapl):
    (ticker,) = ib.reqTickers(aapl)
    components = ib.reqSmartComponents(ticker.bboExchange)
    assert {c.exchange: c.exchangeLetter for c in components}["NASDAQ"] == "Q"
    assert [c.bitNumber for c in components] == list(range(len(components)))


def test_a_combination_can_be_described(aapl, ko):
    bag = Bag(symbol="AAPL", exchange="SMART", currency="USD")
    bag.comboLegs = [
        ComboLeg(conId=aapl.conId, ratio=1, action="BUY", exchange="SMART"),
        ComboLeg(conId=ko.conId, ratio=1, action="SELL", exchange="SMART"),
    ]
    assert isinstance(bag, Bag) and Index("SPX").secType == "IND"
