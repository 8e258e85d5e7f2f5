//! Chromium without a window, told what to do over the DevTools protocol: real key presses, real colours.
//!
//! The protocol runs over two pipes (`--remote-debugging-pipe`): JSON, each message ended by a NUL octet. The browser reads
//! file descriptor 3 and writes 4, which a shell makes of its standard input and output.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const START: &str = "exec chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --user-data-dir=\"$0\" \
    --remote-debugging-pipe about:blank 3<&0 4>&1 >/dev/null 2>&1";

/// A browser with one page. Killed when dropped.
pub(crate) struct Browser {
    process: Child,
    commands: ChildStdin,
    messages: BufReader<ChildStdout>,
    session: String,
    last: u64,
    /// What the page asked for over the network or from the disk, itself included.
    pub(crate) requests: Vec<String>,
    /// What went wrong in it: exceptions, and what its policy forbade.
    pub(crate) errors: Vec<String>,
    _profile: TempDir,
}

impl Browser {
    /// Opens a file in a window of so many pixels.
    pub(crate) fn open(file: &Path, width: u32, height: u32) -> Self {
        let profile = TempDir::new().unwrap();
        let mut process = Command::new("sh")
            .args(["-c", START])
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (commands, messages) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut browser = Self {
            process,
            commands,
            messages,
            session: String::new(),
            last: 0,
            requests: Vec::new(),
            errors: Vec::new(),
            _profile: profile,
        };
        let targets = browser.call("Target.getTargets", json!({}));
        let page = targets["targetInfos"].as_array().unwrap().iter().find(|target| target["type"] == "page").unwrap();
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach);
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        browser.call("Emulation.setDeviceMetricsOverride", size);
        browser.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        let file = file.canonicalize().unwrap();
        browser.call("Page.navigate", json!({ "url": format!("file://{}", file.display()) }));
        browser.until("Page.loadEventFired");
        browser
    }

    /// Loads the page again, with scripts forbidden.
    pub(crate) fn reload_without_scripts(&mut self) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
        self.call("Page.reload", json!({}));
        self.until("Page.loadEventFired");
    }

    /// `prefers-color-scheme`, and the medium: `screen` or `print`.
    pub(crate) fn media(&mut self, scheme: &str, medium: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "media": medium, "features": features }));
    }

    /// The value of an expression in the page, promises awaited.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true });
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// The same, of text.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        let value = self.evaluate(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// Presses a key as a person does.
    pub(crate) fn press(&mut self, key: &str) {
        for kind in ["rawKeyDown", "keyUp"] {
            let code = match key {
                "Tab" => 9,
                "End" => 35,
                "Home" => 36,
                "ArrowLeft" => 37,
                "ArrowUp" => 38,
                "ArrowRight" => 39,
                "ArrowDown" => 40,
                _ => panic!("unknown key {key}"),
            };
            let event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Moves the mouse to a place in the window.
    pub(crate) fn point_at(&mut self, x: f64, y: f64) {
        self.call("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y }));
    }

    /// The whole page as PNG, in base64.
    pub(crate) fn screenshot(&mut self) -> String {
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": true }));
        shot["data"].as_str().unwrap().to_owned()
    }

    /// The page as PDF, in base64.
    pub(crate) fn print(&mut self) -> String {
        let pdf = self.call("Page.printToPDF", json!({ "printBackground": false }));
        pdf["data"].as_str().unwrap().to_owned()
    }

    /// A command, and its answer.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.commands.write_all(format!("{message}\0").as_bytes()).expect("chromium is missing: run interop/install");
        loop {
            let mut answer = self.next();
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
        }
    }

    fn until(&mut self, event: &str) {
        while self.next()["method"] != event {}
    }

    /// The next message; what is worth a note is noted.
    fn next(&mut self) -> Value {
        let mut octets = Vec::new();
        self.messages.read_until(0, &mut octets).unwrap();
        assert_eq!(octets.pop(), Some(0), "chromium has ended; is it installed? interop/install brings it");
        let message: Value = serde_json::from_slice(&octets).unwrap();
        let params = &message["params"];
        match message["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                self.requests.push(params["request"]["url"].as_str().unwrap().to_owned());
            }
            Some("Runtime.exceptionThrown") => self.errors.push(params["exceptionDetails"].to_string()),
            Some("Log.entryAdded") => self.errors.push(params["entry"]["text"].to_string()),
            _ => {}
        }
        message
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
