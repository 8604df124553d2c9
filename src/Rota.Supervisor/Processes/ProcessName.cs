namespace Rota.Supervisor.Processes;

/// <summary>`group:process`, `name` where both are called the same, or `group:*` for all of a group.</summary>
/// <param name="Process">Null: all of the group.</param>
public readonly record struct ProcessName(string Group, string? Process)
{
    public static ProcessName Parse(string text)
    {
        var colon = text.IndexOf(':');
        if (colon < 0)
            return new(text, text);
        var process = text[(colon + 1)..];
        return new(text[..colon], process is "" or "*" ? null : process);
    }

    /// <summary>Whether a process is the one that is named, or one of the group.</summary>
    public bool Fits(ProcessName process) => Group == process.Group && (Process is null || Process == process.Process);

    public override string ToString() => Group == Process ? Group : $"{Group}:{Process ?? "*"}";
}
