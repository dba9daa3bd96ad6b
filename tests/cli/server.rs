//! `lifeboat emulator` as a process, for tests that need a service.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::scene::{Ended, Scene};

/// A running emulator; killed if a test ends without stopping it.
pub(crate) struct Server {
    child: Child,
    /// The line that it printed when it was ready.
    pub(crate) ready: String,
    /// Its address.
    pub(crate) url: String,
}

/// The API key of the servers that [`Server::with_tenants`] starts.
pub(crate) const API_KEY: &str = "canary-api-key";

impl Server {
    /// Starts an emulator and waits until it is ready.
    pub(crate) fn start(scene: &Scene, arguments: &[&str]) -> Self {
        let mut child = scene
            .program([&["emulator"], arguments].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut ready).unwrap();
        let line: serde_json::Value = serde_json::from_str(&ready).unwrap();
        let url = line["url"].as_str().unwrap().to_owned();
        Self { child, ready, url }
    }

    /// Starts an emulator that serves these tenants.
    pub(crate) fn with_tenants(scene: &Scene, tenants: &[&str]) -> Self {
        // The limits are the emulator's own business; runs in quick succession would wait for them.
        let mut arguments = vec!["--api-key", API_KEY, "--time-scale", "1000"];
        for tenant in tenants {
            arguments.extend(["--tenant", tenant]);
        }
        Self::start(scene, &arguments)
    }

    /// Runs the program on a tenant of this server, with the right key.
    pub(crate) fn run(&self, scene: &Scene, tenant: &str, arguments: &[&str]) -> Ended {
        Ended::of(self.program(scene, tenant, arguments))
    }

    /// Returns the program to be run on a tenant of this server, with the right key.
    pub(crate) fn program(&self, scene: &Scene, tenant: &str, arguments: &[&str]) -> Command {
        let mut command = scene.program(arguments);
        command
            .env("IBMCLOUD_API_KEY", API_KEY)
            .env("LIFEBOAT_API_URL", &self.url)
            .env("LIFEBOAT_IAM_URL", &self.url)
            .env("LIFEBOAT_TENANT", tenant);
        command
    }

    /// Sends a request as it is and returns the answer as it is.
    pub(crate) fn request(&self, text: &str) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Sends it a signal and returns its exit status.
    pub(crate) fn stop(mut self, signal: &str) -> Option<i32> {
        send(signal, &self.child);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already, if the test stopped it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends a signal, such as `-TERM`, to a process.
pub(crate) fn send(signal: &str, child: &Child) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}
