use super::plain::plain;

#[test]
fn tags_go_and_blocks_become_lines() {
    let page = "<html><head><title>x</title></head><body><p>One &amp; two</p><p>3 &lt; 4&#33; <b>bold</b><br>next</p></body>";
    assert_eq!(plain(page), "One & two\n\n3 < 4! bold\nnext");
}

#[test]
fn what_nobody_reads_is_left_out() {
    assert_eq!(
        plain("a<script>evil()</script>b<!-- hidden -->c<style>p{}</style>"),
        "abc"
    );
    assert_eq!(plain("a<script>never closed"), "a");
}

#[test]
fn a_price_below_another_is_no_tag() {
    assert_eq!(
        plain("1 < 2 and 3 > 2 & so on; a <b"),
        "1 < 2 and 3 > 2 & so on; a <b"
    );
}
