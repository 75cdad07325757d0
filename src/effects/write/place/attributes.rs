//! Copies access control lists and extended attributes from one file to another.

use std::{collections::BTreeMap, ffi::CString, fs::File, io};

use rustix::{
    fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr},
    io::Errno,
};

/// The largest list of names, and the largest value (Linux, `XATTR_LIST_MAX` and `XATTR_SIZE_MAX`).
const MOST: usize = 65_536;

/// Attributes that the kernel computes from the content. A copy of them would be wrong (Linux, evm and ima).
const OF_CONTENT: [&str; 2] = ["security.ima", "security.evm"];

/// Gives `to` exactly the attributes of `from`. A new file may have inherited an access control list from its folder, so
/// others are removed.
///
/// # Errors
/// Returns an error if an attribute cannot be given.
pub(super) fn copy(from: &File, to: &File) -> io::Result<()> {
    let wanted = all(from)?;
    let had = all(to)?;
    for name in had.keys().filter(|name| !wanted.contains_key(*name)) {
        fremovexattr(to, name.as_c_str())?;
    }
    for (name, value) in wanted.iter().filter(|(name, value)| had.get(*name) != Some(*value)) {
        if OF_CONTENT.iter().any(|computed| name.as_bytes() == computed.as_bytes()) {
            return Err(Errno::NOTSUP.into());
        }
        fsetxattr(to, name.as_c_str(), value, XattrFlags::empty())?;
    }
    Ok(())
}

/// Reads all attributes that this user may see. A file system without attributes has none.
fn all(file: &File) -> io::Result<BTreeMap<CString, Vec<u8>>> {
    let mut buffer = vec![0; MOST];
    let names = match flistxattr(file, &mut buffer[..]) {
        Ok(length) => buffer[..length].to_vec(),
        Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error.into()),
    };
    let mut found = BTreeMap::new();
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = CString::new(name)?;
        match fgetxattr(file, name.as_c_str(), &mut buffer[..]) {
            Ok(length) => _ = found.insert(name, buffer[..length].to_vec()),
            // It was removed in the meantime.
            Err(Errno::NODATA) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_given_changed_and_removed() {
        let files = [tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap()];
        let set = |file: &File, name: &str, value: &str| fsetxattr(file, name, value.as_bytes(), XattrFlags::empty());
        if set(&files[0], "user.a", "1") == Err(Errno::NOTSUP) {
            copy(&files[0], &files[1]).unwrap();
            return;
        }
        set(&files[0], "user.b", "").unwrap();
        set(&files[1], "user.a", "other").unwrap();
        set(&files[1], "user.c", "3").unwrap();
        copy(&files[0], &files[1]).unwrap();
        let names: Vec<_> =
            all(&files[1]).unwrap().into_iter().filter(|(name, _)| name.as_bytes().starts_with(b"user.")).collect();
        assert_eq!(names, [(c"user.a".into(), b"1".to_vec()), (c"user.b".into(), Vec::new())]);
    }
}
