use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Active ISO 4217 codes whose minor unit is a hundredth.
const HUNDREDTHS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
    CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU \
    MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK \
    SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD YER \
    ZAR ZMW ZWG";
/// Active ISO 4217 codes without a minor unit.
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
/// Active ISO 4217 codes whose minor unit is a thousandth.
const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";
/// Active ISO 4217 codes whose minor unit is a ten-thousandth.
const TEN_THOUSANDTHS: &str = "CLF UYW";

/// An active ISO 4217 currency, parsed from its alphabetic code: `"RUB".parse::<Currency>()`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: &'static str,
    minor_digits: u32,
}

impl Currency {
    /// Russian rouble, in kopecks.
    pub const RUB: Self = Self {
        code: "RUB",
        minor_digits: 2,
    };

    /// The three-letter code, such as `RUB`.
    pub fn code(self) -> &'static str {
        self.code
    }

    /// Digits after the decimal point: 2 for RUB, 0 for JPY, 3 for KWD.
    pub fn minor_digits(self) -> u32 {
        self.minor_digits
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [
            (HUNDREDTHS, 2),
            (WHOLE, 0),
            (THOUSANDTHS, 3),
            (TEN_THOUSANDTHS, 4),
        ]
        .into_iter()
        .find_map(|(codes, minor_digits)| {
            let code = codes.split_ascii_whitespace().find(|code| *code == text)?;
            Some(Self { code, minor_digits })
        })
        .ok_or_else(|| Error::UnknownCurrency(text.chars().take(16).collect()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_a_currency_is_an_active_iso_4217_code() {
        assert_eq!("RUB".parse(), Ok(Currency::RUB));
        assert_eq!("JPY".parse::<Currency>().map(Currency::minor_digits), Ok(0));
        assert_eq!("KWD".parse::<Currency>().map(Currency::minor_digits), Ok(3));
        for wrong in ["", "rub", "RU", "RUBL", "XXX", "RUB ", "R B", "AED AFN"] {
            assert_eq!(
                wrong.parse::<Currency>(),
                Err(Error::UnknownCurrency(wrong.to_owned()))
            );
        }
    }
}
