//! Goes on where an earlier scan stopped.

use super::load::{Loaded, Nothing, PARTS, load};
use super::record::Header;
use super::writer::{Resumed, Writer};
use super::{SnapshotError, partial};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

impl Writer {
    /// Goes on after a scan that was killed, or one that was finished with something missing. Begins a new one if
    /// there is neither. Of a killed scan whole units stay; of a finished one all, until they are read again. The
    /// header stays that of the first.
    ///
    /// # Errors
    /// When that was a scan of something else, the file is no snapshot, another scan writes there, or the system
    /// refuses.
    pub fn resume(path: &Path, header: &Header) -> Result<Writer, SnapshotError> {
        let target = partial::target(path)?;
        let beside = partial::beside(&target);
        let mut file = partial::open(&beside)?;
        let killed = match load(&mut file, &beside) {
            Ok(loaded) => Some(loaded.of(header, &beside)?),
            Err(Nothing::Yet) => None,
            Err(Nothing::Error(error)) => return Err(error),
        };
        let mut writer = match killed {
            Some(loaded) => Writer::after(target, beside, file, loaded)?,
            None => {
                // An empty file would look like a killed scan to who looks only at names.
                let found = finished(&target, header);
                if found.is_err() {
                    let _ = std::fs::remove_file(&beside);
                }
                let first = found?.map_or_else(|| header.clone(), |(_, loaded)| loaded.header);
                Writer::fresh(target, beside, file, &first)?
            }
        };
        writer.take_over_finished()?;
        let whole = writer.done.len();
        writer.resumed.whole = whole;
        writer.resumed.incomplete = writer.units.len() - whole;
        Ok(writer)
    }

    fn after(
        target: PathBuf,
        partial: PathBuf,
        file: File,
        loaded: Loaded,
    ) -> Result<Writer, SnapshotError> {
        file.set_len(loaded.end)
            .map_err(SnapshotError::system(&partial))?;
        let done = loaded.units.iter().filter(|(_, entry)| entry.whole);
        Ok(Writer {
            done: done.map(|(key, _)| key.unit.clone()).collect(),
            target,
            partial,
            file,
            header: loaded.header,
            units: loaded.units,
            end: loaded.end,
            flushed: Instant::now(),
            resumed: Resumed {
                lost: loaded.lost,
                ..Resumed::default()
            },
            folder: None,
        })
    }

    /// Copies from the finished file of the same scan what is not here yet.
    fn take_over_finished(&mut self) -> Result<(), SnapshotError> {
        let Ok(Some((mut file, loaded))) = finished(&self.target, &self.header) else {
            return Ok(());
        };
        if loaded.header != self.header {
            return Ok(());
        }
        self.resumed.lost += loaded.lost;
        for (key, entry) in &loaded.units {
            let is_better = self
                .units
                .get(key)
                .is_none_or(|own| !own.whole && entry.whole);
            if is_better && !key.unit.starts_with(PARTS) {
                self.copy(&mut file, key, *entry)
                    .map_err(SnapshotError::system(&self.partial))?;
            }
        }
        Ok(())
    }
}

impl Loaded {
    /// This, if it is a scan of what `header` asks for.
    fn of(self, header: &Header, path: &Path) -> Result<Loaded, SnapshotError> {
        let same = (&self.header.scope, self.header.shard) == (&header.scope, header.shard);
        match same {
            true => Ok(self),
            false => Err(SnapshotError::OtherScope {
                path: path.to_path_buf(),
                was: self.header.shown(),
                wanted: header.shown(),
            }),
        }
    }
}

/// The finished snapshot at `path`, if there is one.
fn finished(path: &Path, header: &Header) -> Result<Option<(File, Loaded)>, SnapshotError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SnapshotError::system(path)(error)),
    };
    match load(&mut file, path) {
        Ok(loaded) => Ok(Some((file, loaded.of(header, path)?))),
        Err(Nothing::Yet) => Ok(None),
        Err(Nothing::Error(error)) => Err(error),
    }
}
