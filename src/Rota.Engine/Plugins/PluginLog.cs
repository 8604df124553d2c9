using Microsoft.Extensions.Logging;

namespace Rota.Plugins;

/// <summary>Every line of the plug-ins. Event ids 6000 to 6099; an id is never reused.</summary>
internal static partial class PluginLog
{
    [LoggerMessage(6001, LogLevel.Information, "Plug-in {Plugin} {Version} is in service: {Kinds}")]
    public static partial void Loaded(this ILogger log, string plugin, string version, string kinds);

    [LoggerMessage(6002, LogLevel.Error, "Plug-in {Plugin} is {State}: {Errors}")]
    public static partial void Broken(this ILogger log, string plugin, PluginState state, string errors);

    [LoggerMessage(6003, LogLevel.Information, "Plug-in {Plugin} was removed")]
    public static partial void Removed(this ILogger log, string plugin);

    [LoggerMessage(6004, LogLevel.Warning, "The plug-ins folder {Folder} cannot be read now; trying again")]
    public static partial void FolderUnreadable(this ILogger log, Exception error, string folder);

    [LoggerMessage(6005, LogLevel.Warning,
        "Changes in the plug-ins folder {Folder} are not signalled; it is looked at every second instead")]
    public static partial void NotWatched(this ILogger log, Exception error, string folder);

    [LoggerMessage(6006, LogLevel.Warning,
        "A replaced version of plug-in {Plugin} is still in memory: something in it, such as "
        + "a timer or a static event, holds on to it")]
    public static partial void NotCollected(this ILogger log, string plugin);
}
