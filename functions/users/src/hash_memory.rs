//! The memory that Argon2 fills, reused from one hash to the next.
//!
//! Allocated anew, 19 MiB cost a hash a page fault for each 4 KiB. Once freed, the C library keeps
//! them: each of its arenas up to three times, and a server's hashes run on many threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::password_hash::Result;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// As many pieces of memory as hashes have run at once, which the queue limits. Cheap to clone.
///
/// A returned piece is not cleared, which would cost each hash a twentieth of its time. The next hash
/// overwrites every block before it reads it. Until then the piece is what two passes have left: a
/// guess can be compared with it only by filling the same memory, so it is worth no more to a thief
/// than the stored hash.
#[derive(Clone, Default)]
pub(crate) struct HashMemory(Arc<Mutex<Vec<Vec<Block>>>>);

impl HashMemory {
    /// The hash of a new password, as Argon2id with these parameters.
    pub(crate) fn hash(&self, params: &Params, password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        self.fill(&Argon2::new(algorithm, version, params.clone()), password, salt, &mut output)?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(&output)?),
        })
    }

    /// Whether the stored hash, with whatever parameters, is of this password. Compares in constant
    /// time.
    pub(crate) fn verify(&self, password: &[u8], stored: &PasswordHash) -> Result<bool> {
        let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Ok(false) };
        let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
        let version = stored.version.map(Version::try_from).transpose()?.unwrap_or_default();
        let mut output = vec![0; expected.len()];
        self.fill(&Argon2::new(algorithm, version, Params::try_from(stored)?), password, salt, &mut output)?;
        Ok(Output::new(&output)? == *expected)
    }

    fn fill(&self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8], output: &mut [u8]) -> Result<()> {
        let mut memory = self.borrow(argon2.params().block_count());
        Ok(argon2.hash_password_into_with_memory(password, salt, output, memory.blocks.as_mut_slice())?)
    }

    fn borrow(&self, blocks: usize) -> BorrowedMemory<'_> {
        let free = self.free().pop();
        match free.filter(|free| free.len() >= blocks) {
            Some(blocks) => BorrowedMemory { pool: self, blocks },
            // The first hash at this level of concurrency, or one of larger parameters.
            None => BorrowedMemory { pool: self, blocks: vec![Block::new(); blocks] },
        }
    }

    fn free(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns to the pool when it is dropped, also by a panic.
struct BorrowedMemory<'a> {
    pool: &'a HashMemory,
    blocks: Vec<Block>,
}

impl Drop for BorrowedMemory<'_> {
    fn drop(&mut self) {
        self.pool.free().push(std::mem::take(&mut self.blocks));
    }
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;

    fn params(blocks: u32, passes: u32, lanes: u32) -> Params {
        Params::new(blocks, passes, lanes, None).unwrap()
    }

    #[test]
    fn memory_that_another_hash_has_filled_gives_the_same_hash_as_fresh_memory() {
        let memory = HashMemory::default();
        memory.hash(&params(64, 1, 1), b"the password before", &[1; 16]).unwrap();
        for (blocks, passes, lanes) in [(32, 1, 1), (64, 2, 1), (64, 3, 2), (96, 2, 3)] {
            let params = params(blocks, passes, lanes);
            let reused = memory.hash(&params, b"correct horse", &[2; 16]).unwrap();
            let fresh = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let fresh = fresh.hash_password_with_salt(b"correct horse", &[2; 16]).unwrap();
            assert_eq!(reused.to_string(), fresh.to_string());
            assert!(memory.verify(b"correct horse", &fresh).unwrap());
            assert!(!memory.verify(b"correct house", &fresh).unwrap());
            assert!(Argon2::default().verify_password(b"correct horse", &reused).is_ok());
        }
    }

    #[test]
    fn hashes_of_other_algorithms_versions_and_lengths_are_verified() {
        let memory = HashMemory::default();
        let cases = [
            (Algorithm::Argon2d, Version::V0x13, 32),
            (Algorithm::Argon2i, Version::V0x10, 24),
            (Algorithm::Argon2id, Version::V0x10, 64),
        ];
        for (algorithm, version, length) in cases {
            let argon2 = Argon2::new(algorithm, version, Params::new(16, 2, 1, Some(length)).unwrap());
            let stored = argon2.hash_password_with_salt(b"correct horse", &[3; 16]).unwrap();
            assert!(memory.verify(b"correct horse", &stored).unwrap(), "{stored}");
            assert!(!memory.verify(b"correct house", &stored).unwrap(), "{stored}");
        }
    }

    #[test]
    fn there_is_as_much_memory_as_hashes_have_run_at_once() {
        let memory = HashMemory::default();
        for _ in 0..5 {
            memory.hash(&params(16, 1, 1), b"correct horse", &[4; 16]).unwrap();
        }
        assert_eq!(memory.free().len(), 1);
        let two = (memory.borrow(16), memory.borrow(16));
        assert_eq!(memory.free().len(), 0);
        drop(two);
        assert_eq!(memory.free().len(), 2);
    }
}
