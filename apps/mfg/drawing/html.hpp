#pragma once
#include <string>

/// Text within HTML.
std::string escape(const std::string& text);

/// `<tag>content</tag>`; the content is HTML.
std::string element(const std::string& tag, const std::string& content);

/// A self-contained page; `title` and `body` are HTML.
std::string html_page(const std::string& title, const std::string& body);

/// A picture from `directory`/`file` (PNG or GIF), held by the page itself, above its caption.
std::string html_picture(const std::string& directory, const std::string& file, const std::string& caption);
