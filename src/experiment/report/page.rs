//! The page: everything in one file.

use std::collections::BTreeMap;
use std::path::Path;

use super::Section;
use crate::Result;
use crate::experiment::store::{Contents, aggregate};
use crate::output::{Table, Values, to_text};

/// Rows of the table of means at most.
const ROWS: usize = 60;
/// Parameters of the table at most.
const PARAMETERS: usize = 8;
/// Reasons of failures shown at most.
const REASONS: usize = 20;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#212529;max-width:1380px;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #e4e7ea}\
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:1rem}\
figure{margin:0}figure svg{width:100%;height:auto}figcaption{font-size:.85rem;color:#55606a}\
pre{overflow:auto;background:#f6f7f8;padding:.8rem;font-size:.8rem;line-height:1.35}.note{color:#8a4b00}";

pub(super) fn page(folder: &Path, contents: &Contents, sections: &[Section]) -> Result<String> {
    let title = format!("Run folder {}", folder.display());
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title><style>{STYLE}</style></head><body>\n<h1>{0}</h1>\n",
        escaped(&title)
    );
    page += &summary(contents);
    for note in &contents.notes {
        page += &format!("<p class=\"note\">{}</p>\n", escaped(note));
    }
    for (number, section) in sections.iter().enumerate() {
        page += &format!("<h2>{}</h2>\n<div class=\"figures\">\n", escaped(&section.heading));
        for (place, figure) in section.figures.iter().enumerate() {
            let svg = figure.chart.svg(&format!("c{number}-{place}"));
            // Within a page a drawing has no declaration of its own.
            let svg = svg.find("<svg").map_or("", |start| &svg[start..]);
            page += &format!("<figure>{svg}<figcaption>{}</figcaption></figure>\n", escaped(&figure.caption));
        }
        page += "</div>\n";
        page += &section.note.as_ref().map_or(String::new(), |note| format!("<p>{}</p>\n", escaped(note)));
    }
    page += &failures(contents);
    page += &means(contents)?;
    page += &format!(
        "<details><summary>The plan</summary><pre>{}</pre></details>\n",
        escaped(&contents.manifest.plan)
    );
    page += "</body></html>\n";
    Ok(page)
}

fn summary(contents: &Contents) -> String {
    let manifest = &contents.manifest;
    let failed = contents.outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    let models = manifest
        .experiments
        .iter()
        .map(|about| format!("{} (model {}, text {})", about.name, about.model, about.model_hash))
        .collect::<Vec<_>>()
        .join(", ");
    let mut devices: BTreeMap<&str, u64> = BTreeMap::new();
    for outcome in &contents.outcomes {
        *devices.entry(&outcome.device).or_default() += 1;
    }
    let devices = devices.iter().map(|(device, trials)| format!("{trials} on {device}")).collect::<Vec<_>>();
    format!(
        "<p>{} trials, {failed} failed; {}. Experiments: {}. Made {} by Throng {}, plan {}.</p>\n",
        contents.outcomes.len(),
        escaped(&devices.join(", ")),
        escaped(&models),
        escaped(&manifest.created),
        escaped(&manifest.throng),
        escaped(&manifest.fingerprint)
    )
}

fn failures(contents: &Contents) -> String {
    let mut reasons: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for outcome in &contents.outcomes {
        if let Err(reason) = &outcome.result {
            reasons.entry(reason).or_insert((0, outcome.trial.number)).0 += 1;
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let mut text = String::from("<h2>Failures</h2>\n<ul>\n");
    for (reason, (count, first)) in reasons.iter().take(REASONS) {
        text += &format!("<li>{count} (the first is trial {first}): {}</li>\n", escaped(reason));
    }
    text += "</ul>\n";
    if reasons.len() > REASONS {
        text += &format!("<p>{} more reasons are left out.</p>\n", reasons.len() - REASONS);
    }
    text
}

/// The table of means at each point.
fn means(contents: &Contents) -> Result<String> {
    let table = contents.table()?;
    let differs = |name: &String| {
        let column = table.columns.iter().find(|column| column.name == *name);
        column.is_some_and(|column| match &column.values {
            Values::F64(values) => values.iter().any(|value| value.to_bits() != values[0].to_bits()),
            _ => false,
        })
    };
    let mut by: Vec<String> = vec!["experiment".into(), "point".into()];
    by.extend(contents.columns.parameters.iter().filter(|name| differs(name)).take(PARAMETERS).cloned());
    let means: Table = aggregate(&table, &by, &contents.columns.outputs, 0.95)?;
    Ok(format!(
        "<h2>Means with 95 % intervals</h2>\n<pre>{}</pre>\n<p>More: throng results --by COLUMNS.</p>\n",
        escaped(&to_text(&means, ROWS))
    ))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in crate::printable(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
