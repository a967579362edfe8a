"""What can be traded."""

from tigeropen.common.consts import SecurityType


def test_a_share(trade):
    contract = trade.get_contract("AAPL", SecurityType.STK)
    assert (contract.symbol, contract.currency, contract.market) == ("AAPL", "USD", "US")
    assert contract.primary_exchange == "NASDAQ" and contract.contract_id
    assert contract.tick_sizes[-1]["end"] == "Infinity"
    assert contract.shortable and contract.marginable and contract.trade


def test_several_shares(trade):
    found = trade.get_contracts(["AAPL", "KO", "00700"])
    assert [(one.symbol, one.currency) for one in found] == [("AAPL", "USD"), ("KO", "USD"), ("00700", "HKD")]


def test_an_option_by_its_parts_and_all_of_an_expiry(trade, quote):
    expiry = quote.get_option_expirations(["AAPL"])["date"][0].replace("-", "")
    contracts = trade.get_derivative_contracts("AAPL", SecurityType.OPT, expiry)
    assert len(contracts) > 4 and {one.put_call for one in contracts} == {"CALL", "PUT"}
    some = contracts[0]
    one = trade.get_contract("AAPL", SecurityType.OPT, currency="USD", expiry=expiry,
                             strike=some.strike, put_call=some.put_call)
    assert one.identifier == some.identifier and one.contract_id == some.contract_id
    assert one.multiplier == 100


def test_a_future(trade):
    contract = trade.get_contract("ES2203", SecurityType.FUT)
    assert (contract.symbol, contract.multiplier, contract.currency) == ("ES2203", 50, "USD")


def test_a_coin(trade):
    assert trade.get_contract("BTC.USD", SecurityType.CC).sec_type == "CC"


def test_what_does_not_exist(trade):
    assert trade.get_contract("NOSUCH") is None
