//! The E-model (ITU-T G.107, 2015) with the default values of its table 2 for everything that a
//! phone does not measure.

/// What a phone measures of a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impairments {
    /// Equipment impairment factor of the codec (G.113 appendix I).
    pub ie: f32,
    /// Packet-loss robustness factor of the codec with its concealment (G.113 appendix I).
    pub bpl: f32,
    /// Packets not played: lost, or too late; per cent.
    pub loss_percent: f32,
    /// Burst ratio; 1 is random loss.
    pub burst_ratio: f32,
    /// Delay from mouth to ear, ms. Zero rates listening alone.
    pub delay_ms: f32,
}

/// The transmission rating R (G.107 §7.1), 0 to 100.
pub fn rating(measured: &Impairments) -> f32 {
    let delay = f64::from(measured.delay_ms).max(0.0);
    let r = basic_ratio() - simultaneous(delay) - delay_impairment(delay) - equipment(measured);
    r.clamp(0.0, 100.0) as f32
}

/// The mean opinion score that a rating stands for (G.107 annex B), 1 to 4.5.
pub fn mos(r: f32) -> f32 {
    let r = r.clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

/// Ie-eff (§7.5, equation 7-29).
fn equipment(measured: &Impairments) -> f64 {
    let ie = f64::from(measured.ie);
    let loss = f64::from(measured.loss_percent).clamp(0.0, 100.0);
    let burst = f64::from(measured.burst_ratio).max(1.0);
    let bpl = f64::from(measured.bpl).max(0.1);
    ie + (95.0 - ie) * loss / (loss / burst + bpl)
}

/// No (§7.2): the power sum of the noise sources, dBm0p.
fn noise() -> f64 {
    let olr = SLR + RLR;
    let sender = PS - SLR - DS - 100.0 + 0.004 * (PS - olr - DS - 14.0).powi(2);
    let lstr = STMR + DR;
    let room = PR + 10.0 * (1.0 + power((10.0 - lstr) / 10.0)).log10();
    let receiver = RLR - 121.0 + room + 0.008 * (room - 35.0).powi(2);
    let floor = NFOR + RLR;
    10.0 * [NC, sender, receiver, floor]
        .map(|level| power(level / 10.0))
        .iter()
        .sum::<f64>()
        .log10()
}

/// Ro (§7.2).
fn basic_ratio() -> f64 {
    15.0 - 1.5 * (SLR + noise())
}

/// Is (§7.3): too loud, sidetone, quantising.
fn simultaneous(delay: f64) -> f64 {
    let olr = SLR + RLR;
    let excess = olr + 0.2 * (64.0 + noise() - RLR);
    let loudness = 20.0 * ((1.0 + (excess / 8.0).powi(8)).powf(0.125) - excess / 8.0);
    let stmro = -10.0 * (power(-STMR / 10.0) + (-delay / 4.0).exp() * power(-TELR / 10.0)).log10();
    let sidetone = 12.0 * (1.0 + ((stmro - 13.0) / 6.0).powi(8)).powf(0.125)
        - 28.0 * (1.0 + ((stmro + 1.0) / 19.4).powi(35)).powf(1.0 / 35.0)
        - 13.0 * (1.0 + ((stmro - 3.0) / 33.0).powi(13)).powf(1.0 / 13.0)
        + 29.0;
    let q = 37.0 - 15.0 * QDU.log10();
    let g = 1.07 + 0.258 * q + 0.0602 * q * q;
    let y = (basic_ratio() - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0;
    let z = 46.0 / 30.0 - g / 40.0;
    let quantising = 15.0 * (1.0 + power(y) + power(z)).log10();
    loudness + sidetone + quantising
}

/// Id (§7.4): talker echo, listener echo, pure delay.
fn delay_impairment(delay: f64) -> f64 {
    talker_echo(delay) + listener_echo(2.0 * delay) + pure_delay(delay)
}

fn talker_echo(delay: f64) -> f64 {
    if delay < 1.0 {
        return 0.0;
    }
    let terv = TELR - 40.0 * ((1.0 + delay / 10.0) / (1.0 + delay / 150.0)).log10()
        + 6.0 * (-0.3 * delay * delay).exp();
    let re = 80.0 + 2.5 * (terv - 14.0);
    let roe = -1.5 * (noise() - RLR);
    let half = (roe - re) / 2.0;
    (half + (half * half + 100.0).sqrt() - 1.0) * (1.0 - (-delay).exp())
}

fn listener_echo(round_trip: f64) -> f64 {
    let rle = 10.5 * (WEPL + 7.0) * (round_trip + 1.0).powf(-0.25);
    let half = (basic_ratio() - rle) / 2.0;
    half + (half * half + 169.0).sqrt()
}

fn pure_delay(delay: f64) -> f64 {
    if delay <= 100.0 {
        return 0.0;
    }
    let x = (delay / 100.0).log2();
    let root = |base: f64| (1.0 + base.powi(6)).powf(1.0 / 6.0);
    25.0 * (root(x) - 3.0 * root(x / 3.0) + 2.0)
}

fn power(tens: f64) -> f64 {
    10.0_f64.powf(tens)
}

// G.107 table 2.
/// Send loudness rating, dB.
const SLR: f64 = 8.0;
/// Receive loudness rating, dB.
const RLR: f64 = 2.0;
/// Sidetone masking rating, dB.
const STMR: f64 = 15.0;
/// D-value of the telephone, send side.
const DS: f64 = 3.0;
/// D-value of the telephone, receive side.
const DR: f64 = 3.0;
/// Talker echo loudness rating, dB.
const TELR: f64 = 65.0;
/// Weighted echo path loss, dB.
const WEPL: f64 = 110.0;
/// Quantising distortion units.
const QDU: f64 = 1.0;
/// Circuit noise, dBm0p.
const NC: f64 = -70.0;
/// Noise floor at the receive side, dBmp.
const NFOR: f64 = -64.0;
/// Room noise at the send side, dB(A).
const PS: f64 = 35.0;
/// Room noise at the receive side, dB(A).
const PR: f64 = 35.0;

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: Impairments =
        Impairments { ie: 0.0, bpl: 25.1, loss_percent: 0.0, burst_ratio: 1.0, delay_ms: 0.0 };

    fn close(value: f32, expected: f32, tolerance: f32) {
        assert!((value - expected).abs() <= tolerance, "{value}, expected {expected}");
    }

    #[test]
    fn the_default_connection_rates_93_2() {
        close(rating(&CLEAN), 93.2, 0.06);
        close(mos(93.2), 4.41, 0.005);
    }

    /// G.113 appendix I: Ie-eff of G.711 with concealment under random loss, by 95 P / (P + 25.1).
    #[test]
    fn loss_costs_what_the_robustness_factor_says() {
        for (loss, cost) in [(1.0, 3.64), (2.0, 7.01), (5.0, 15.78), (10.0, 27.07), (20.0, 42.13)] {
            close(93.2 - rating(&Impairments { loss_percent: loss, ..CLEAN }), cost, 0.1);
        }
        let g729 = Impairments { ie: 11.0, bpl: 19.0, ..CLEAN };
        close(rating(&g729), 82.2, 0.1);
    }

    #[test]
    fn bursts_cost_more_than_random_loss() {
        let random = Impairments { loss_percent: 5.0, ..CLEAN };
        let bursts = Impairments { burst_ratio: 2.0, ..random };
        close(rating(&random) - rating(&bursts), 17.26 - 15.78, 0.1);
    }

    /// The curve of R over delay of G.107 / G.109, by Cole and Rosenbluth's fit of it:
    /// 0.024 d + 0.11 (d - 177.3) above 177.3 ms.
    #[test]
    fn delay_costs_what_the_known_fit_of_the_curve_says() {
        for delay in [25.0_f32, 50.0, 100.0, 150.0, 200.0, 300.0] {
            let fit = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
            close(93.2 - rating(&Impairments { delay_ms: delay, ..CLEAN }), fit, 1.2);
        }
    }

    #[test]
    fn scores_stay_within_their_scale_and_never_rise_with_loss() {
        close(mos(0.0), 1.0, 0.0);
        close(mos(100.0), 4.5, 0.0);
        close(mos(50.0), 2.575, 0.01);
        let mut last = 100.0;
        for loss in 0..=100 {
            let worst = Impairments {
                loss_percent: loss as f32,
                delay_ms: loss as f32 * 20.0,
                burst_ratio: 8.0,
                ..CLEAN
            };
            let r = rating(&worst);
            assert!((0.0..=last).contains(&r));
            last = r;
        }
    }
}
