//! Maps to test with, and writers of every format that know nothing of the readers.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use throng::world::map::Map;

/// A small source of numbers for tests (Marsaglia's xorshift64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(2_685_821_657_736_338_717) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n.max(1)
    }
}

/// Free cells row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    pub width: usize,
    pub height: usize,
    pub free: Vec<bool>,
}

impl Cells {
    pub fn random(width: usize, height: usize, percent_free: usize, seed: u64) -> Cells {
        let mut dice = Dice::new(seed);
        Cells { width, height, free: (0..width * height).map(|_| dice.below(100) < percent_free).collect() }
    }

    /// Cells from rows of `.` and other characters.
    pub fn drawn(rows: &[&str]) -> Cells {
        let free = rows.iter().flat_map(|row| row.bytes().map(|byte| byte == b'.')).collect();
        Cells { width: rows[0].len(), height: rows.len(), free }
    }

    pub fn of(map: &Map) -> Cells {
        let free = (0..map.height()).flat_map(|y| (0..map.width()).map(move |x| (x, y)));
        Cells {
            width: map.width() as usize,
            height: map.height() as usize,
            free: free.map(|(x, y)| map.is_free(x, y)).collect(),
        }
    }

    pub fn map(&self) -> Map {
        Map::from_fn("sample", self.width as u32, self.height as u32, |x, y| {
            self.free[y as usize * self.width + x as usize]
        })
        .expect("the size is fine")
    }

    /// The text of a `.map` file with characters of every kind.
    pub fn moving_ai(&self, line_end: &str, seed: u64) -> Vec<u8> {
        let mut dice = Dice::new(seed);
        let mut text = format!(
            "type octile{line_end}height {}{line_end}width {}{line_end}map{line_end}",
            self.height, self.width
        );
        for row in self.free.chunks(self.width) {
            let kinds =
                row.iter().map(|&free| if free { b".GS"[dice.below(3)] } else { b"@OTW"[dice.below(4)] });
            text.extend(kinds.map(char::from));
            text.push_str(line_end);
        }
        text.into_bytes()
    }

    /// A P5 picture with 254 for free and 0 for blocked cells.
    pub fn pgm(&self) -> Vec<u8> {
        let mut bytes = format!("P5\n# a comment\n{} {}\n255\n", self.width, self.height).into_bytes();
        bytes.extend(self.free.iter().map(|&free| if free { 254 } else { 0 }));
        bytes
    }

    /// A P2 picture, one value on a line.
    pub fn plain_pgm(&self) -> Vec<u8> {
        let values = self.free.iter().map(|&free| if free { "254\n" } else { "0 # wall\n" });
        format!("P2 {} {} # size\n255\n{}", self.width, self.height, values.collect::<String>()).into_bytes()
    }

    /// A grey PNG picture of eight bits.
    pub fn png(&self) -> Vec<u8> {
        let pixels: Vec<u8> = self.free.iter().map(|&free| if free { 255 } else { 0 }).collect();
        png_of(self.width, self.height, png::ColorType::Grayscale, png::BitDepth::Eight, None, &pixels)
    }
}

/// A PNG picture of already packed pixels.
pub fn png_of(
    width: usize,
    height: usize,
    color: png::ColorType,
    depth: png::BitDepth,
    palette: Option<&[u8]>,
    pixels: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some(palette) = palette {
        encoder.set_palette(palette.to_vec());
    }
    let mut writer = encoder.write_header().expect("the header is fine");
    writer.write_image_data(pixels).expect("the pixels are as many as they must be");
    writer.finish().expect("writing to memory cannot fail");
    bytes
}

/// The order of Adam7 in each square of 8 by 8 pixels, as the PNG specification draws it.
const ADAM7: [[u8; 8]; 8] = [
    [1, 6, 4, 6, 2, 6, 4, 6],
    [7, 7, 7, 7, 7, 7, 7, 7],
    [5, 6, 5, 6, 5, 6, 5, 6],
    [7, 7, 7, 7, 7, 7, 7, 7],
    [3, 6, 4, 6, 3, 6, 4, 6],
    [7, 7, 7, 7, 7, 7, 7, 7],
    [5, 6, 5, 6, 5, 6, 5, 6],
    [7, 7, 7, 7, 7, 7, 7, 7],
];

/// An interlaced grey PNG picture of eight bits, neither filtered nor compressed.
pub fn interlaced_png(cells: &Cells) -> Vec<u8> {
    let mut data = Vec::new();
    for pass in 1..=7 {
        for y in 0..cells.height {
            let row: Vec<u8> = (0..cells.width)
                .filter(|x| ADAM7[y % 8][x % 8] == pass)
                .map(|x| if cells.free[y * cells.width + x] { 255 } else { 0 })
                .collect();
            if !row.is_empty() {
                data.push(0);
                data.extend(row);
            }
        }
    }
    let mut zlib = vec![0x78, 0x01];
    let blocks = data.chunks(65535).count();
    for (index, block) in data.chunks(65535).enumerate() {
        zlib.push(u8::from(index + 1 == blocks));
        zlib.extend((block.len() as u16).to_le_bytes());
        zlib.extend((!(block.len() as u16)).to_le_bytes());
        zlib.extend(block);
    }
    let (a, b) = data.iter().fold((1u32, 0u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65521;
        (a, (a + b) % 65521)
    });
    zlib.extend((b << 16 | a).to_be_bytes());

    let mut header = Vec::new();
    header.extend((cells.width as u32).to_be_bytes());
    header.extend((cells.height as u32).to_be_bytes());
    header.extend([8, 0, 0, 0, 1]);
    let mut bytes = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
    bytes.extend(chunk(b"IHDR", &header));
    bytes.extend(chunk(b"IDAT", &zlib));
    bytes.extend(chunk(b"IEND", &[]));
    bytes
}

/// A chunk of a PNG file with its length and checksum.
pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = (data.len() as u32).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(data);
    let checksum = crc32(&bytes[4..]);
    bytes.extend(checksum.to_be_bytes());
    bytes
}

/// CRC-32 as the PNG specification defines it, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

/// Gives the chunks of a damaged PNG file the checksums that fit them, as far as its chunks can be followed.
pub fn mend_checksums(bytes: &mut [u8]) {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let end = at + 8 + length;
        if end + 4 > bytes.len() {
            return;
        }
        let checksum = crc32(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&checksum.to_be_bytes());
        at = end + 4;
    }
}

/// The YAML file beside a picture.
pub fn yaml(image: &str, more: &str) -> String {
    format!(
        "image: {image}\nresolution: 0.05\norigin: [-10.0, -10.0, 0.0]\nnegate: 0\noccupied_thresh: 0.65\nfree_thresh: 0.196\n{more}"
    )
}

/// A folder that goes away with the test.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

pub fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a temporary file can be written");
    path
}

/// The message with which a file is refused.
pub fn refusal(path: &Path) -> String {
    match Map::read(path) {
        Ok(map) => panic!("{} was read as {map:?}", path.display()),
        Err(error) => error.to_string(),
    }
}
