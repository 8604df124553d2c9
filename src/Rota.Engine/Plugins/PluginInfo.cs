namespace Rota.Plugins;

public enum PluginState
{
    /// <summary>Its newest version is in service.</summary>
    Loaded,

    /// <summary>Nothing of it is in service.</summary>
    Broken,

    /// <summary>Its newest version is broken; the last good one stays in service.</summary>
    Stale,
}

/// <summary>A plug-in as it stands now.</summary>
/// <param name="Name">Of the folder or file, without ending.</param>
/// <param name="Version">The first 12 hex digits of the hash of the files in service; null when none are.</param>
/// <param name="Kinds">In service, in order.</param>
/// <param name="Errors">Of the newest version; empty when it is loaded.</param>
/// <param name="LoadedAt">Since when the version in service is there.</param>
public sealed record PluginInfo(string Name, PluginState State, string? Version, IReadOnlyList<string> Kinds,
    IReadOnlyList<PluginError> Errors, DateTimeOffset? LoadedAt);

/// <summary>One thing that is wrong with a plug-in.</summary>
/// <param name="File">Within the plug-ins folder; null when it is of no one file.</param>
/// <param name="Line">From 1 on; 0 when it is of no one line.</param>
/// <param name="Column">From 1 on; 0 when it is of no one line.</param>
public sealed record PluginError(string? File, int Line, int Column, string Message)
{
    public override string ToString() => Line > 0 ? $"{File}({Line},{Column}): {Message}" : Message;
}

/// <summary>A version of a plug-in cannot be put in service.</summary>
internal sealed class PluginException(IReadOnlyList<PluginError> errors, Exception? cause = null)
    : RotaException("plugin.broken", string.Join(' ', errors.Take(3)), cause: cause)
{
    public PluginException(string message, Exception? cause = null)
        : this([new PluginError(null, 0, 0, message)], cause)
    {
    }

    public IReadOnlyList<PluginError> Errors { get; } = errors;
}
