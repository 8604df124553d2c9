namespace Rota.Commands;

/// <summary>One setting that cannot be used.</summary>
/// <param name="Hint">What to write instead.</param>
internal sealed record SettingsProblem(string Message, string Hint);

/// <summary>All settings that cannot be used, reported at once.</summary>
internal sealed class SettingsException(IReadOnlyList<SettingsProblem> problems)
    : RotaException("settings.invalid", string.Join(' ', problems.Select(problem => problem.Message)), problems[0].Hint)
{
    public IReadOnlyList<SettingsProblem> Problems { get; } = problems;
}
