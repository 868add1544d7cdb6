//! The order of SRV records (RFC 2782).

use crate::chance::Chance;

/// One SRV record that names a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Srv {
    pub(super) priority: u16,
    pub(super) weight: u16,
    pub(super) port: u16,
    pub(super) host: String,
}

/// Puts the records into the order to try them: by priority, and among equals by lot, in which
/// each has a share as large as its weight.
pub(super) fn order(mut records: Vec<Srv>, chance: &mut Chance) -> Vec<Srv> {
    // Weight 0 goes first within its priority, so that it has a small chance at all.
    records.sort_by_key(|record| (record.priority, record.weight != 0));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(first) = records.first() {
        let priority = first.priority;
        let peers = records.iter().take_while(|record| record.priority == priority);
        let total: u64 = peers.map(|record| u64::from(record.weight)).sum();
        let drawn = chance.below(total + 1);
        let mut running = 0;
        let at = records.iter().position(|record| {
            running += u64::from(record.weight);
            running >= drawn
        });
        ordered.push(records.remove(at.unwrap_or(0)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn srv(priority: u16, weight: u16, host: &str) -> Srv {
        Srv { priority, weight, port: 5060, host: host.into() }
    }

    fn hosts(records: Vec<Srv>, chance: &mut Chance) -> Vec<String> {
        order(records, chance).into_iter().map(|record| record.host).collect()
    }

    #[test]
    fn a_lower_priority_always_comes_first() {
        let mut chance = Chance::new([3; 32]);
        for _ in 0..100 {
            let records = vec![srv(20, 65_535, "c"), srv(10, 0, "a"), srv(15, 1, "b")];
            assert_eq!(hosts(records, &mut chance), ["a", "b", "c"]);
        }
    }

    #[test]
    fn the_weight_is_the_share_of_first_places() {
        let mut chance = Chance::new([4; 32]);
        let mut first = 0;
        for _ in 0..10_000 {
            let records = vec![srv(1, 25, "small"), srv(1, 75, "large")];
            let ordered = hosts(records, &mut chance);
            assert_eq!(ordered.len(), 2);
            first += u32::from(ordered[0] == "large");
        }
        // 75 of the 101 numbers that can be drawn, 0 being the first record's.
        assert!((7200..7700).contains(&first), "{first}");
    }

    #[test]
    fn weight_0_is_drawn_seldom_but_not_never() {
        let mut chance = Chance::new([5; 32]);
        let mut first = 0;
        for _ in 0..10_000 {
            let records = vec![srv(1, 99, "heavy"), srv(1, 0, "light")];
            first += u32::from(hosts(records, &mut chance)[0] == "light");
        }
        assert!((50..200).contains(&first), "{first}");
    }

    #[test]
    fn the_same_seed_gives_the_same_order() {
        let records: Vec<Srv> = (0..20).map(|n| srv(1, n, &n.to_string())).collect();
        let once = hosts(records.clone(), &mut Chance::new([6; 32]));
        assert_eq!(once, hosts(records, &mut Chance::new([6; 32])));
    }
}
