//! The network of the containers, as `ip addr` writes it: `172.17.0.1/16`.

use std::net::Ipv4Addr;
use std::str::FromStr;

use anyhow::Context;

/// The host's address on a network, and the size of that network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub host: Ipv4Addr,
    prefix_length: u32,
}

impl Network {
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(u32::BITS - self.prefix_length).unwrap_or(0);
        address.to_bits() & mask == self.host.to_bits() & mask
    }
}

impl FromStr for Network {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (host, bits) =
            text.split_once('/').context("an address and the bits of its network, such as 172.17.0.1/16")?;
        let host = host.parse().with_context(|| format!("{host} is no IPv4 address"))?;
        let bits = bits.parse().ok().filter(|bits| (8..=u32::BITS).contains(bits));
        Ok(Self { host, prefix_length: bits.context("a network has 8 to 32 bits")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_own_addresses_only() {
        let network: Network = "172.17.0.1/16".parse().unwrap();
        assert!(network.contains(Ipv4Addr::new(172, 17, 255, 3)));
        assert!(!network.contains(Ipv4Addr::new(172, 18, 0, 3)) && !network.contains(Ipv4Addr::LOCALHOST));
        let alone: Network = "10.0.0.1/32".parse().unwrap();
        assert!(alone.contains(Ipv4Addr::new(10, 0, 0, 1)) && !alone.contains(Ipv4Addr::new(10, 0, 0, 2)));
        for wrong in ["172.17.0.1", "172.17.0.1/0", "172.17.0.1/33", "docker0/16", "/16", ""] {
            wrong.parse::<Network>().unwrap_err();
        }
    }
}
