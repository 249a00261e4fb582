//! Tables are read back by other readers, bit for bit.

use std::fs::File;

use parquet::basic::{Compression, LogicalType};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::reader::{FileReader, SerializedFileReader};
use proptest::prelude::*;
use throng::output::{Column, Table, Values, to_text, write_csv, write_parquet};

fn special() -> Table {
    let reals = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324, f64::MAX, 0.1 + 0.2, 1e300];
    let words = ["", "plain", "a,b", "say \"hi\"", "two\nlines", " spaces ", "naïve — ünïcode ✓", "\r\n,\""];
    Table::new(vec![
        Column::new("count", Values::U64((0..8).map(|k| u64::MAX - k).collect())),
        Column::new("signed, \"quoted\"", Values::I64((0..8).map(|k| i64::MIN + k).collect())),
        Column::new("real", Values::F64(reals.to_vec())),
        Column::new("words", Values::Text(words.map(str::to_owned).to_vec())),
    ])
    .expect("a table")
}

fn empty() -> Table {
    let nothing =
        [Values::U64(vec![]), Values::I64(vec![]), Values::F64(vec![]), Values::Text(vec![])].into_iter();
    let columns = nothing.enumerate().map(|(number, values)| Column::new(format!("c{number}"), values));
    Table::new(columns.collect()).expect("a table")
}

/// Equal with NaN equal to NaN and the zeros apart: compared as bits.
fn assert_same(read: &Table, written: &Table) {
    assert_eq!(read.columns.len(), written.columns.len());
    for (read, written) in read.columns.iter().zip(&written.columns) {
        assert_eq!(read.name, written.name);
        match (&read.values, &written.values) {
            (Values::F64(read), Values::F64(written)) => {
                let bits = |values: &[f64]| {
                    values
                        .iter()
                        .map(|v| if v.is_nan() { None } else { Some(v.to_bits()) })
                        .collect::<Vec<_>>()
                };
                assert_eq!(bits(read), bits(written));
            }
            (read, written) => assert_eq!(read, written),
        }
    }
}

/// Reads CSV with the types of `like`.
fn through_csv(table: &Table) -> Table {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_csv(table, &path).expect("written");
    let mut reader = csv::Reader::from_path(&path).expect("readable");
    let names: Vec<String> = reader.headers().expect("headings").iter().map(str::to_owned).collect();
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a record")).collect();
    let columns = table.columns.iter().enumerate().map(|(number, column)| {
        let cells = || records.iter().map(|record| &record[number]);
        let values = match column.values {
            Values::U64(_) => Values::U64(cells().map(|cell| cell.parse().expect(cell)).collect()),
            Values::I64(_) => Values::I64(cells().map(|cell| cell.parse().expect(cell)).collect()),
            Values::F64(_) => Values::F64(cells().map(|cell| cell.parse().expect(cell)).collect()),
            Values::Text(_) => Values::Text(cells().map(str::to_owned).collect()),
        };
        Column::new(names[number].clone(), values)
    });
    Table { columns: columns.collect() }
}

fn column<T: DataType>(reader: &SerializedFileReader<File>, number: usize) -> Vec<T::T> {
    let mut all = Vec::new();
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).expect("a row group");
        let rows = group.metadata().num_rows() as usize;
        let mut values = get_typed_column_reader::<T>(group.get_column_reader(number).expect("a column"));
        let mut read = 0;
        while read < rows {
            read += values.read_records(rows - read, None, None, &mut all).expect("values").0;
        }
    }
    all
}

fn through_parquet(table: &Table) -> Table {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.parquet");
    write_parquet(table, &path, &[]).expect("written");
    let reader = SerializedFileReader::new(File::open(&path).expect("a file")).expect("readable");
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let columns = table.columns.iter().enumerate().map(|(number, column_written)| {
        let described = schema.column(number);
        let logical = described.logical_type_ref().cloned();
        let values = match column_written.values {
            Values::U64(_) => {
                assert_eq!(logical, Some(LogicalType::integer(64, false)));
                Values::U64(column::<Int64Type>(&reader, number).into_iter().map(|v| v as u64).collect())
            }
            Values::I64(_) => Values::I64(column::<Int64Type>(&reader, number)),
            Values::F64(_) => Values::F64(column::<DoubleType>(&reader, number)),
            Values::Text(_) => {
                assert_eq!(logical, Some(LogicalType::String));
                let texts = column::<ByteArrayType>(&reader, number).into_iter();
                Values::Text(texts.map(|text| text.as_utf8().expect("UTF-8").to_owned()).collect())
            }
        };
        Column::new(described.name(), values)
    });
    Table { columns: columns.collect() }
}

#[test]
fn special_values_and_no_values_survive() {
    for table in [special(), empty(), Table::default()] {
        assert_same(&through_csv(&table), &table);
        assert_same(&through_parquet(&table), &table);
    }
}

#[test]
fn csv_says_what_other_programs_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    write_csv(&special(), &path).expect("written");
    let text = std::fs::read_to_string(&path).expect("UTF-8");
    assert!(text.starts_with("count,\"signed, \"\"quoted\"\"\",real,words\n"), "{text}");
    for row in
        ["18446744073709551615,-9223372036854775808,NaN,\n", ",inf,plain\n", ",-inf,\"a,b\"\n", ",1e300,"]
    {
        assert!(text.contains(row), "{row:?} is not in {text:?}");
    }
}

#[test]
fn parquet_has_bounded_row_groups_compression_and_metadata() {
    let rows = (1 << 20) + 3;
    let table = Table::new(vec![
        Column::new("row", Values::U64((0..rows).collect())),
        Column::new("half", Values::F64((0..rows).map(|row| row as f64 / 2.0).collect())),
        Column::new("word", Values::Text((0..rows).map(|row| format!("w{}", row % 7)).collect())),
    ])
    .expect("a table");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.parquet");
    let metadata = [("model".to_owned(), "explorers".to_owned()), ("ünï".to_owned(), "a\nb".to_owned())];
    write_parquet(&table, &path, &metadata).expect("written");
    let reader = SerializedFileReader::new(File::open(&path).expect("a file")).expect("readable");
    let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [1 << 20, 3]);
    assert_eq!(reader.metadata().row_group(0).column(0).compression(), Compression::SNAPPY);
    let pairs = reader.metadata().file_metadata().key_value_metadata().expect("metadata");
    for (key, value) in &metadata {
        assert!(pairs.iter().any(|pair| &pair.key == key && pair.value.as_ref() == Some(value)), "{pairs:?}");
    }
    drop(reader);
    assert_same(&through_parquet(&table), &table);
}

#[test]
fn what_is_no_table_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let unequal = vec![Column::new("a", Values::U64(vec![1])), Column::new("b", Values::F64(vec![]))];
    let twice = vec![Column::new("a", Values::U64(vec![1])), Column::new("a", Values::I64(vec![1]))];
    for (columns, words) in
        [(unequal, "`a` has 1 rows and its column `b` has 0"), (twice, "two columns named `a`")]
    {
        assert!(Table::new(columns.clone()).is_err());
        let table = Table { columns };
        let path = folder.path().join("file");
        for result in [write_csv(&table, &path), write_parquet(&table, &path, &[])] {
            let error = result.expect_err("no table").to_string();
            assert!(error.contains(words), "{error}");
        }
        assert!(!path.exists());
        assert!(!to_text(&table, 9).is_empty());
    }
}

fn tables() -> impl Strategy<Value = Table> {
    (0usize..40).prop_flat_map(|rows| {
        let values = prop_oneof![
            prop::collection::vec(any::<u64>(), rows).prop_map(Values::U64),
            prop::collection::vec(any::<i64>(), rows).prop_map(Values::I64),
            prop::collection::vec(any::<u64>().prop_map(f64::from_bits), rows).prop_map(Values::F64),
            prop::collection::vec(any::<String>(), rows).prop_map(Values::Text),
        ];
        prop::collection::vec(values, 1..5).prop_map(|columns| {
            let named = columns.into_iter().enumerate();
            Table::new(named.map(|(n, values)| Column::new(format!("c{n}"), values)).collect())
                .expect("a table")
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_table_survives(table in tables()) {
        assert_same(&through_csv(&table), &table);
        assert_same(&through_parquet(&table), &table);
        to_text(&table, 20);
    }
}

#[test]
fn text_is_aligned() {
    let table = Table::new(vec![
        Column::new("metric", Values::Text(vec!["coverage".into(), "found\n".into(), "gone".into()])),
        Column::new("mean", Values::F64(vec![0.123456, 1234.5, f64::NAN])),
        Column::new("whole", Values::F64(vec![3.0, 1e6, f64::INFINITY])),
        Column::new("n", Values::U64(vec![7, 1_000_000, 3])),
    ])
    .expect("a table");
    let expected = "\
metric        mean    whole        n
────────  ────────  ───────  ───────
coverage     0.123        3        7
found     1234.500  1000000  1000000
… and 1 more row
";
    assert_eq!(to_text(&table, 2), expected);
    let reals = vec![0.5, 0.25, 1e-9, -0.0, 1.0, f64::NAN, f64::NEG_INFINITY, 1e300];
    let reals = Table::new(vec![Column::new("x", Values::F64(reals))]).expect("a table");
    let lines = to_text(&reals, 10);
    let cells: Vec<&str> = lines.lines().skip(2).map(str::trim).collect();
    assert_eq!(cells, ["0.500000", "0.250000", "1.000e-9", "-0", "1", "NaN", "-inf", "1.000e300"], "{lines}");
}
