//! Draws that anyone can verify: no law, no clock, no I/O, no randomness of its own; every byte is an argument.
//!
//! 1. [`keys`]: a master key gives each day its epoch key; its [`Commitment`] is published before the day starts.
//! 2. [`draw`]: epoch key, pack, stage and matter give one [`Draw`], the same at every retry; a rate selects.
//! 3. [`officers`]: one officer out of those eligible (双随机), with the list that proves the pick.
//! 4. [`verify`]: once the key is revealed, anyone recomputes draws and picks and learns which part is wrong.
//! 5. [`monitor`]: are realised rates still what the law and the pack say, watched as often as one likes?
//!
//! ```
//! use greenlane_policy::units::Rate;
//! use greenlane_selection::{Algorithm, Commitment, DrawClaim, Drawer, Epoch, MasterKey, OpenedEpoch};
//! use greenlane_terms::Stage;
//!
//! let epoch: Epoch = "2025-11-24".parse()?;
//! let key = MasterKey::new([7; 32]).epoch_key(Algorithm::HmacSha256, epoch);
//! let published = Commitment::of(epoch, &key); // the evening before
//!
//! let draw = Drawer::new(&key, "4862f447", Stage::Inspection).draw("530120250000000001"); // on the day
//! let rate = Rate::parse("5%").unwrap();
//! let selected = draw.selects(rate);
//!
//! let opened = OpenedEpoch::open(epoch, &published, key)?; // after the key is revealed
//! let claim = DrawClaim {
//!     basis: "4862f447",
//!     stage: Stage::Inspection,
//!     matter_id: "530120250000000001",
//!     rate,
//!     draw,
//!     selected,
//! };
//! opened.verify_draw(&claim)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod draw;
pub mod keys;
pub mod monitor;
pub mod officers;
pub mod verify;

mod hex;
mod mac;

pub use draw::{Draw, Drawer, threshold};
pub use hex::HexError;
pub use keys::{Commitment, Epoch, EpochError, EpochKey, MasterKey};
pub use mac::Algorithm;
pub use monitor::{
    CapState, DrawCounts, Limit, RateBounds, RateMonitor, SetRatesMonitor, SumBounds, cap_state, judge_cap,
};
pub use officers::{Candidate, NobodyEligible, OfficerDrawer, OfficerPick};
pub use verify::{DrawClaim, DrawMismatch, KeyNotCommitted, OpenedEpoch, PickMismatch};
