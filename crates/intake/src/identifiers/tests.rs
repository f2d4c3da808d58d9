//! Tests of [`super`].

use super::*;

#[test]
fn a_uscc_is_valid_only_with_its_check_character() {
    for good in ["91350100M000100Y43", "91110108551385082Q"] {
        assert_eq!(good.parse::<Uscc>().unwrap().as_str(), good);
    }
    let error = "91330000142912133P".parse::<Uscc>().unwrap_err();
    assert!(matches!(error, IdentifierError::Check { character: 'P', .. }), "{error}");
    assert!("91350100M000100Y4".parse::<Uscc>().is_err());
    assert!("91350100m000100y43".parse::<Uscc>().is_err());
    assert!("９1350100M000100Y43".parse::<Uscc>().is_err());
}

#[test]
fn a_sum_that_is_a_multiple_of_31_has_check_character_0() {
    assert_eq!(Uscc::check_character("00000000000000000"), Some('0'));
}

#[test]
fn a_declaration_number_tells_office_year_direction_and_serial() {
    let number: DeclarationNumber = "010120241000000042".parse().unwrap();
    assert_eq!((number.office().number(), number.year(), number.serial()), (101, 2024, 42));
    assert_eq!(number.direction(), Direction::Import);
    assert_eq!(number.to_string(), "010120241000000042");
    let error = "010120242000000042".parse::<DeclarationNumber>().unwrap_err();
    assert!(error.to_string().contains("place 9"), "{error}");
    assert!("01012024100000004".parse::<DeclarationNumber>().is_err());
    assert!("01012024100000004X".parse::<DeclarationNumber>().is_err());
}

#[test]
fn an_aeo_code_of_china_has_one_form() {
    let long: AeoCode = "AEOCN3101910012".parse().unwrap();
    let short: AeoCode = "CN3101910012".parse().unwrap();
    assert_eq!(long, short);
    assert_eq!((long.country(), long.code()), ("CN", "3101910012"));
    let foreign: AeoCode = "SG123456789012".parse().unwrap();
    assert_eq!((foreign.country(), foreign.code()), ("SG", "123456789012"));
    for bad in ["CN310191001", "12ABCDEF", "SG", "", "SG1234_5678"] {
        assert!(bad.parse::<AeoCode>().is_err(), "{bad}");
    }
    assert_eq!(canonical_enterprise("AEOCN3101910012"), "3101910012");
    assert_eq!(canonical_enterprise("SG123456789012"), "SG123456789012");
}

#[test]
fn a_customs_code_has_ten_characters() {
    assert!("3101910012".parse::<CustomsCode>().is_ok());
    assert!("310191001".parse::<CustomsCode>().is_err());
    assert!("31019１0012".parse::<CustomsCode>().is_err());
}
