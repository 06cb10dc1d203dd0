//! What clients asked and were told, and whether one order of events explains all of it.
