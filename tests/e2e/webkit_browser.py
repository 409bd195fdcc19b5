"""A browser of WebKitGTK with a profile on disk, to be driven by WebKitWebDriver.

    /usr/bin/python3 webkit_browser.py FOLDER --automation

Its own MiniBrowser forgets everything between two starts when it is driven; a phone does not. Runs in the system's
Python, which has the bindings.
"""

import sys
from typing import Any

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402

folder = sys.argv[1]
store = WebKit2.WebsiteDataManager(base_data_directory=f"{folder}/data", base_cache_directory=f"{folder}/cache")
context = WebKit2.WebContext(website_data_manager=store)
store.get_cookie_manager().set_persistent_storage(f"{folder}/cookies", WebKit2.CookiePersistentStorage.SQLITE)


def new_view(*_: Any) -> Any:
    view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True)
    window = Gtk.Window(default_width=390, default_height=844)
    window.add(view)
    window.show_all()
    view.connect("close", lambda _: window.destroy())
    return view


def driven(_: Any, session: Any) -> None:
    about = WebKit2.ApplicationInfo()
    about.set_name("MiniBrowser")  # what the driver asks for
    session.set_application_info(about)
    session.connect("create-web-view", new_view)


context.connect("automation-started", driven)
context.set_automation_allowed(True)
Gtk.main()
