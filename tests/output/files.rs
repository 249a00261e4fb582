//! Files are complete or not there, and failures name the file.

use std::io::Write;
use std::path::{Path, PathBuf};

use throng::Error;
use throng::output::{
    AgentsView, Animation, Column, LayerView, Look, Palette, Scene, Series, Table, Values, create_folder,
    paint, plot_lines, write_atomically, write_csv, write_parquet, write_png,
};

/// Everything in this room that writes a file, by the extension it wants.
type Writer = (&'static str, fn(&Path) -> throng::Result<()>);
const WRITERS: [Writer; 6] = [
    ("txt", |path| write_atomically(path, |file| file.write_all(b"new"))),
    ("csv", |path| write_csv(&table(), path)),
    ("parquet", |path| write_parquet(&table(), path, &[])),
    ("png", |path| with_scene(|scene| write_png(&paint(scene, 64), path, &[]))),
    ("gif", |path| {
        with_scene(|scene| {
            let mut animation = Animation::create(path, Palette::new(scene), 1)?;
            animation.add(&paint(scene, 64))?;
            animation.finish()
        })
    }),
    ("svg", |path| {
        let line = Series { name: "line".into(), points: vec![(1.0, 1.0), (2.0, 3.0)] };
        plot_lines("title", "x", "y", &[line], false, false, path)
    }),
];

fn table() -> Table {
    Table { columns: vec![Column::new("n", Values::U64((0..5000).collect()))] }
}

fn with_scene<T>(use_it: impl FnOnce(&Scene<'_>) -> T) -> T {
    let seen = |x: u32, y: u32| (x * y) % 2;
    let layers = vec![LayerView { name: "seen", value: &seen, maximum: 1, look: Look::Bit(None) }];
    use_it(&Scene {
        width: 9,
        height: 7,
        wall: None,
        layers,
        agents: &[AgentsView::on_cells("agents", &[[3, 3]])],
    })
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The error must be a failed write of exactly this path, with a remedy.
fn assert_names_file(result: throng::Result<()>, path: &Path, writer: &str) -> String {
    let error = result.expect_err(writer);
    assert_eq!(error.exit_code(), 2, "{writer}: {error}");
    let Error::File { path: named, action: "write", remedy, .. } = &error else {
        panic!("{writer}: not a failed write: {error}");
    };
    assert_eq!(named, path, "{writer}");
    assert!(!remedy.is_empty(), "{writer}: {error}");
    assert!(!error.to_string().contains(".throng-"), "{writer} names the temporary file: {error}");
    error.to_string()
}

#[test]
fn a_file_is_written_and_replaced_and_nothing_is_left_beside_it() {
    for (extension, write) in WRITERS {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("out.{extension}"));
        std::fs::write(&path, "old").expect("an old file");
        write(&path).expect(extension);
        let first = std::fs::read(&path).expect(extension);
        assert_ne!(first, b"old", "{extension}");
        write(&path).expect(extension);
        assert_eq!(std::fs::read(&path).expect(extension), first, "{extension}: the same input, other bytes");
        assert_eq!(names_in(folder.path()), [format!("out.{extension}")]);
    }
}

#[test]
fn a_failure_half_way_leaves_the_old_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("precious.txt");
    std::fs::write(&path, "precious").expect("an old file");
    let result = write_atomically(&path, |file| {
        file.write_all(&vec![7; 1 << 20])?;
        Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
    });
    let words = assert_names_file(result, &path, "txt");
    assert!(words.contains("free some space"), "{words}");
    assert_eq!(std::fs::read(&path).expect("the old file"), b"precious");
    assert_eq!(names_in(folder.path()), ["precious.txt"]);
}

#[test]
fn places_that_cannot_be_written_are_refused_by_name() {
    for (extension, write) in WRITERS {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = |name: &str| folder.path().join(name).with_extension(extension);
        std::fs::create_dir(inside("folder")).expect("a folder");
        std::fs::write(inside("file"), "precious").expect("a file");
        let mut places =
            vec![inside("folder"), inside("missing/file"), inside("file").join(format!("x.{extension}"))];
        #[cfg(target_os = "linux")]
        places.extend([PathBuf::from(format!("/proc/throng.{extension}")), inside(&"long".repeat(200))]);
        for place in places {
            assert_names_file(write(&place), &place, extension);
        }
        let left: Vec<_> = names_in(folder.path());
        assert_eq!(left, [format!("file.{extension}"), format!("folder.{extension}")]);
        assert_eq!(std::fs::read(inside("file")).expect("the file"), b"precious");
    }
    assert_names_file(write_atomically(Path::new(""), |_| Ok(())), Path::new(""), "no name");
    assert_names_file(write_atomically(Path::new("/"), |_| Ok(())), Path::new("/"), "the root");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_to_be_full() {
    let folder = tempfile::tempdir().expect("a folder");
    for (extension, write) in WRITERS {
        let full = folder.path().join(format!("full.{extension}"));
        std::os::unix::fs::symlink("/dev/full", &full).expect("a link");
        let words = assert_names_file(write(&full), &full, extension);
        assert!(words.contains("free some space"), "{words}");
    }
    // A device takes bytes but cannot be renamed to.
    let null = folder.path().join("null");
    std::os::unix::fs::symlink("/dev/null", &null).expect("a link");
    write_atomically(&null, |file| file.write_all(b"gone")).expect("/dev/null");
    write_atomically(Path::new("/dev/null"), |file| file.write_all(b"gone")).expect("/dev/null");
    use std::os::unix::fs::FileTypeExt;
    assert!(std::fs::metadata("/dev/null").expect("/dev/null").file_type().is_char_device());
    on_a_small_disk(|disk| {
        for (extension, write) in WRITERS {
            let path = disk.join(format!("out.{extension}"));
            std::fs::write(&path, "precious").expect("an old file");
            std::fs::write(disk.join("ballast"), vec![0; 1 << 20]).expect_err("a full disk");
            let words = assert_names_file(write(&path), &path, extension);
            assert!(words.contains("free some space"), "{words}");
            assert_eq!(std::fs::read(&path).expect("the old file"), b"precious");
            assert_eq!(names_in(disk), ["ballast".to_owned(), format!("out.{extension}")]);
            std::fs::remove_file(disk.join("ballast")).expect("the ballast");
            std::fs::remove_file(&path).expect("the old file");
        }
    });
}

/// A file system in memory of 64 KiB, where this process may mount one.
#[cfg(target_os = "linux")]
fn on_a_small_disk(test: impl FnOnce(&Path) + std::panic::UnwindSafe) {
    let folder = tempfile::tempdir().expect("a folder");
    let mount = |arguments: &[&str], program: &str| {
        let done = std::process::Command::new(program).args(arguments).arg(folder.path()).output();
        done.is_ok_and(|done| done.status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=64k", "tmpfs"], "mount") {
        println!("no small disk could be mounted (that needs root); /dev/full alone stood for a full disk");
        return;
    }
    let result = std::panic::catch_unwind(|| test(folder.path()));
    assert!(mount(&[], "umount"), "the small disk is still mounted at {}", folder.path().display());
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_the_umask_decides_who_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let (target, link, plain) =
        (folder.path().join("target"), folder.path().join("link"), folder.path().join("plain"));
    std::fs::write(&target, "old").expect("an old file");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    write_atomically(&link, |file| file.write_all(b"new")).expect("through the link");
    assert!(std::fs::symlink_metadata(&link).expect("the link").is_symlink());
    assert_eq!(std::fs::read(&target).expect("the target"), b"new");
    std::fs::File::create(&plain).expect("a plain file");
    let mode = |path: &PathBuf| std::fs::metadata(path).expect("a file").permissions().mode();
    assert_eq!(mode(&target), mode(&plain));
}

#[test]
fn folders_are_created_unless_a_file_is_in_the_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let deep = folder.path().join("a/b/c");
    create_folder(&deep).expect("new folders");
    create_folder(&deep).expect("folders that exist");
    assert!(deep.is_dir());
    let file = folder.path().join("file");
    std::fs::write(&file, "precious").expect("a file");
    for place in [file.clone(), file.join("below")] {
        let error = create_folder(&place).expect_err("a file is in the way");
        assert!(matches!(&error, Error::File { action: "create", .. }), "{error}");
        assert!(error.to_string().contains("name a folder, not a file"), "{error}");
    }
    assert_eq!(std::fs::read(&file).expect("the file"), b"precious");
}
