#pragma once
#include <mfg/method.hpp>
#include <mfg/testing/check.hpp>

namespace mfg {

/// Takes pictures and looks at their numbers only.
class MFG_API Inspection final : public FieldExport {
public:
    void figure(const std::string& name, const std::string& title) override;
    void map(const std::string& name, const std::string& title, const Matrix& values, const Window& window,
             const std::string& scale, const MapDetails& details) override;
    void curves(const std::string& name, const std::string& title, const Matrix& table,
                const std::vector<std::string>& labels, const std::string& x_label,
                const std::string& y_label) override;
    void animation(const std::string& name, const std::string& title, const Cube& values, const Window& window,
                   const Vector& times, const Cube& points, const Matrix* obstacles) override;

    /// Passed if all numbers were finite and all curves had labels.
    CheckResult result(const std::string& what) const;

private:
    template <class Array>
    void look_at(const Array& values, const std::string& name);

    std::string broken_;
    int arrays_ = 0;
};

}  // namespace mfg
