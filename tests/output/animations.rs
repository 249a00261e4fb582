//! Animations are played back by a decoder and compared with the pictures they were made of.

use std::fs::File;
use std::path::Path;

use throng::Error;
use throng::output::{AgentsView, Animation, LayerView, Look, Palette, Picture, Scene, paint};

/// One frame as a viewer shows it, and as it was stored.
struct Shown {
    /// RGB of the whole screen.
    screen: Vec<u8>,
    /// Left, top, width, height of what was stored.
    stored: [u16; 4],
    /// In hundredths of a second.
    delay: u16,
}

/// Plays a GIF by the rules of its format: frames are laid over one another, transparent pixels stay.
fn play(path: &Path) -> (Vec<Shown>, gif::Repeat) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    let mut decoder = options.read_info(File::open(path).expect("a file")).expect("a GIF");
    let colours = decoder.global_palette().expect("one palette for all frames").to_vec();
    let width = usize::from(decoder.width());
    let mut screen = vec![0; width * usize::from(decoder.height()) * 3];
    let mut shown = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        assert!(frame.palette.is_none(), "a frame has a palette of its own");
        assert_eq!(frame.dispose, gif::DisposalMethod::Keep);
        let columns = usize::from(frame.width);
        for (at, &number) in frame.buffer.iter().enumerate() {
            if Some(number) != frame.transparent {
                let (x, y) = (at % columns + usize::from(frame.left), at / columns + usize::from(frame.top));
                let colour = &colours[usize::from(number) * 3..][..3];
                screen[(y * width + x) * 3..][..3].copy_from_slice(colour);
            }
        }
        let stored = [frame.left, frame.top, frame.width, frame.height];
        shown.push(Shown { screen: screen.clone(), stored, delay: frame.delay });
    }
    (shown, decoder.repeat())
}

/// The scene of step `step`: something is seen further and further to the right, two agents walk.
fn with_step<T>(step: u32, use_it: impl FnOnce(&Scene<'_>) -> T) -> T {
    let wall = |x: u32, y: u32| x.is_multiple_of(9) && y % 4 < 2;
    let seen = move |x: u32, _: u32| u32::from(x < step * 2);
    let visits = move |x: u32, y: u32| if y > 10 && x < step { step - x } else { 0 };
    let layers = vec![
        LayerView { name: "seen", value: &seen, maximum: 1, look: Look::Bit(None) },
        LayerView { name: "visits", value: &visits, maximum: 20, look: Look::Count(Vec::new()) },
    ];
    let agents = [[step as i32, 3], [30 - step as i32, 20]];
    use_it(&Scene {
        width: 100,
        height: 30,
        wall: Some(&wall),
        layers,
        agents: &[AgentsView::on_cells("agents", &agents)],
    })
}

/// The picture in the palette's colours.
fn in_palette(picture: &Picture, palette: &mut Palette) -> Vec<u8> {
    let pixels = picture.pixels.chunks_exact(3);
    pixels
        .flat_map(|pixel| {
            let number = palette.nearest([pixel[0], pixel[1], pixel[2]]);
            palette.colours()[usize::from(number)]
        })
        .collect()
}

#[test]
fn every_frame_is_the_picture_it_was_made_of() {
    let folder = tempfile::tempdir().expect("a folder");
    for side in [64, 230] {
        let path = folder.path().join(format!("run{side}.gif"));
        let mut palette = with_step(0, Palette::new);
        let mut animation = Animation::create(&path, palette.clone(), 12).expect("an animation");
        let pictures: Vec<Picture> =
            (0..12).map(|step| with_step(step, |scene| paint(scene, side))).collect();
        for picture in &pictures {
            animation.add(picture).expect("a frame");
            assert!(!path.exists(), "there before it is finished");
        }
        animation.finish().expect("finished");
        let (shown, repeat) = play(&path);
        assert_eq!(repeat, gif::Repeat::Infinite);
        assert_eq!(shown.len(), 12);
        for (shown, picture) in shown.iter().zip(&pictures) {
            assert_eq!(shown.screen, in_palette(picture, &mut palette));
            let errors = || shown.screen.iter().zip(&picture.pixels).map(|(a, b)| u64::from(a.abs_diff(*b)));
            // 255 colours for all that anti-aliasing makes: no pixel far off, hardly any off at all.
            assert!(errors().max() <= Some(40), "a pixel is off by {:?}", errors().max());
            assert!(errors().sum::<u64>() < picture.pixels.len() as u64, "off by more than 1 on average");
        }
        assert_ne!(shown[0].screen, shown[11].screen, "this comparison could not fail");
        assert!(shown[..11].iter().all(|shown| shown.delay == 40), "too short for its number of frames");
        assert_eq!(shown[11].delay, 200);
    }
}

#[test]
fn pictures_in_the_palettes_colours_come_back_exactly_and_only_changes_are_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("exact.gif");
    let palette = with_step(0, Palette::new);
    let colours = palette.colours().to_vec();
    let mut picture = Picture { width: 16, height: 16, pixels: Vec::new(), grid: [0, 0, 16, 16] };
    picture.pixels = (0..256).flat_map(|at| colours[at % colours.len()]).collect();
    let mut animation = Animation::create(&path, palette, 150).expect("an animation");
    animation.add(&picture).expect("the first frame");
    animation.add(&picture).expect("the same again");
    for at in [16 * 5 + 3, 16 * 7 + 9] {
        picture.pixels[at * 3..at * 3 + 3].copy_from_slice(&colours[1]);
    }
    animation.add(&picture).expect("two pixels changed");
    animation.finish().expect("finished");
    let (shown, _) = play(&path);
    let stored: Vec<_> = shown.iter().map(|shown| shown.stored).collect();
    assert_eq!(stored, [[0, 0, 16, 16], [0, 0, 1, 1], [3, 5, 7, 3]]);
    assert_eq!(shown[2].screen, picture.pixels);
    assert_eq!(shown.iter().map(|shown| shown.delay).collect::<Vec<_>>(), [5, 5, 200]);
}

#[test]
fn dropped_or_empty_it_leaves_nothing_and_sizes_must_agree() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.gif");
    let start = || Animation::create(&path, with_step(0, Palette::new), 9).expect("an animation");
    let picture = |side| with_step(1, |scene| paint(scene, side));

    let mut dropped = start();
    dropped.add(&picture(64)).expect("a frame");
    dropped.add(&picture(64)).expect("a frame");
    drop(dropped);
    let error = start().finish().expect_err("no frame");
    assert!(matches!(error, Error::Argument { .. }) && error.to_string().contains("has no frame"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);

    let mut animation = start();
    animation.add(&picture(64)).expect("a frame");
    let error = animation.add(&picture(256)).expect_err("another size");
    assert!(error.to_string().contains("run.gif"), "{error}");
    animation.add(&picture(64)).expect("the right size again");
    animation.finish().expect("finished");
    assert_eq!(play(&path).0.len(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_ends_the_animation_with_one_error() {
    let mut animation =
        Animation::create(Path::new("/dev/full"), with_step(0, Palette::new), 9).expect("an animation");
    let mut state = 1u64;
    let mut noise = || {
        let mut picture = with_step(1, |scene| paint(scene, 512));
        for channel in &mut picture.pixels {
            // Knuth's MMIX generator; the upper bits.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *channel = (state >> 56) as u8;
        }
        picture
    };
    let error = (0..9).find_map(|_| animation.add(&noise()).err()).expect("a full disk");
    assert!(error.to_string().contains("free some space"), "{error}");
    let again = animation.finish().expect_err("a full disk");
    assert_eq!(again.to_string(), error.to_string());
}
