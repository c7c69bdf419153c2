#pragma once
/// Marks what leaves a shared library; everything else is hidden.
#define MFG_API __attribute__((visibility("default")))
