//! 9003: collects four digits and reads them back, again and again.

/// The digits so far.
#[derive(Debug, Default)]
pub(super) struct Ivr(String);

/// How many digits are collected.
const DIGITS: usize = 4;

impl Ivr {
    /// Takes a digit; tells what to read back when it is the last.
    pub(super) fn press(&mut self, digit: char) -> Option<String> {
        self.0.push(digit);
        (self.0.len() >= DIGITS).then(|| std::mem::take(&mut self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_read_back_each_time() {
        let mut ivr = Ivr::default();
        let told: Vec<_> = "1590#*42".chars().map(|digit| ivr.press(digit)).collect();
        assert_eq!(told.iter().flatten().collect::<Vec<_>>(), ["1590", "#*42"]);
        assert!(told[3].is_some() && told[7].is_some());
    }
}
