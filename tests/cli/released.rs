//! Bundles of released versions open for ever.

use std::path::Path;

use crate::scene::Scene;

#[test]
fn every_released_bundle_verifies_to_its_contents() {
    let released = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bundle/released");
    let mut count = 0;
    for version in std::fs::read_dir(released).unwrap() {
        let folder = version.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path
                .extension()
                .is_none_or(|extension| extension != "lifeboat")
            {
                continue;
            }
            let scene = Scene::new();
            let ended = scene.run([
                "verify".as_ref(),
                path.as_os_str(),
                "--level".as_ref(),
                "contents".as_ref(),
                "--identity".as_ref(),
                folder.join("identity.txt").as_os_str(),
                "--trusted-signers".as_ref(),
                folder.join("allowed_signers").as_os_str(),
            ]);
            assert_eq!(
                ended.status,
                Some(0),
                "{}: {}",
                path.display(),
                ended.stderr
            );
            count += 1;
        }
    }
    assert!(count > 0, "there is no released bundle");
}
