//! A short list of real headings of the Harmonized System, by how often they are traded here.

use greenlane_policy::pack::Pack;

/// Commodity codes; the ones that the law looks at are more frequent than in real trade.
pub(super) const CODES: [&str; 48] = [
    "8517130000",
    "8542310000",
    "8471300000",
    "8486204900",
    "8507600090",
    "8541430000",
    "9018199000",
    "9027899090",
    "6109100021",
    "6404190090",
    "9503006000",
    "9403609990",
    "8703234110",
    "8708999990",
    "7208510000",
    "7404000090",
    "3901200090",
    "5201000090",
    "4407119099",
    "4703210001",
    "2709000000",
    "2603000000",
    "7403111190",
    "8415101000",
    "3926909090",
    "8536690000",
    "8481804090",
    "7318159001",
    "8302420000",
    "9401619000",
    "6203429090",
    "4202920000",
    "3304990029",
    "3305100090",
    "2106909090",
    "1905310000",
    "0306171900",
    "1604141000",
    "0202300090",
    "0402210000",
    "1201901100",
    "1005900000",
    "2806100000",
    "2905110000",
    "2902200000",
    "3002150090",
    "3822190020",
    "0106199010",
];

/// Hazardous chemicals of [`CODES`], of which lots are made.
pub(super) const HAZARDOUS: [usize; 3] = [42, 43, 44];
/// From here on [`CODES`] are goods that the law looks at, up to its end.
pub(super) const SPECIAL: usize = 32;

/// For each goods class with a list in the pack: its flag, and which of [`CODES`] belong to it.
pub(super) fn classes(pack: &Pack) -> Vec<(greenlane_policy::facts::ColumnId, u64)> {
    let members = |class: &greenlane_policy::pack::GoodsClass| {
        CODES
            .iter()
            .enumerate()
            .fold(0, |bits, (at, code)| bits | u64::from(class.contains(code) == Some(true)) << at)
    };
    pack.goods_classes.iter().map(|class| (class.flag, members(class))).collect()
}
