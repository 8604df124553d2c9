using Microsoft.Extensions.Logging;
using NLog;
using NLog.Config;
using NLog.Extensions.Logging;
using NLog.Filters;
using NLog.Layouts;
using NLog.Targets;
using NLog.Targets.Wrappers;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Rota.Commands;

/// <summary>Where the server's own log goes: short lines on the console, all of it in a file a day.</summary>
/// <remarks>Configured in code, so that no file is read and nothing is looked up at start. The file is written by a
/// thread of its own behind a bounded queue: a slow disk drops lines rather than to hold jobs up.</remarks>
internal static class Logs
{
    private const int DaysMax = 14, QueueMax = 10_000;

    private const string Line = "${date:universalTime=true:format=yyyy-MM-ddTHH\\:mm\\:ss.fffZ} "
        + "${level:uppercase=true} ${logger:shortName=true} ${message:withException=true}";

    private const string ShortLine = "${date:universalTime=true:format=HH\\:mm\\:ss} ${level:lowercase=true} ${message}"
        + "${onexception: ${exception:format=ShortType,Message:maxInnerExceptionLevel=3}}";

    /// <param name="consoleFrom">The least level that is shown on the console.</param>
    public static void AddLogs(this ILoggingBuilder logging, Settings settings, LogLevel consoleFrom)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);
        var factory = new LogFactory();
        factory.Configuration = Configure(factory, settings, consoleFrom);
        logging.AddProvider(new NLogLoggerProvider(
            new NLogProviderOptions { ShutdownOnDispose = true, RemoveLoggerFactoryFilter = false }, factory));
    }

    private static LoggingConfiguration Configure(LogFactory factory, Settings settings, LogLevel consoleFrom)
    {
        var config = new LoggingConfiguration(factory);
        var file = new FileTarget("file")
        {
            FileName = Path.Combine(settings.LogFolder, "rota.log"),
            ArchiveEvery = FileArchivePeriod.Day,
            ArchiveSuffixFormat = "_{1:yyyyMMdd}_{0:00}",
            MaxArchiveDays = DaysMax,
            Encoding = System.Text.Encoding.UTF8,
            WriteBom = false,
            KeepFileOpen = true,
            Layout = settings.IsJsonLog ? JsonLine() : Layout.FromString(Line),
        };
        var queue = new AsyncTargetWrapper("queue", file)
        {
            QueueLimit = QueueMax,
            OverflowAction = AsyncTargetWrapperOverflowAction.Discard,
        };
        config.AddRule(NLog.LogLevel.Info, NLog.LogLevel.Fatal, queue);
        var layout = settings.IsJsonLog ? JsonLine() : Layout.FromString(ShortLine);
        var console = new ConsoleTarget("console") { Layout = layout };
        var rule = new LoggingRule("*", NLog.LogLevel.FromOrdinal((int)consoleFrom), NLog.LogLevel.Fatal, console);
        if (consoleFrom == LogLevel.Warning) // `rota up` shows in its own way how jobs end
            rule.Filters.Add(new WhenMethodFilter(line => line.LoggerName == "Rota.Workers.Worker"
                ? FilterResult.Ignore : FilterResult.Neutral));
        config.LoggingRules.Add(rule);
        return config;
    }

    private static JsonLayout JsonLine() => new()
    {
        IncludeEventProperties = true,
        MaxRecursionLimit = 2,
        Attributes =
        {
            new JsonAttribute("time", "${date:universalTime=true:format=yyyy-MM-ddTHH\\:mm\\:ss.fffZ}"),
            new JsonAttribute("level", "${level:lowercase=true}"),
            new JsonAttribute("logger", "${logger}"),
            new JsonAttribute("message", "${message}"),
            new JsonAttribute("exception", "${exception:format=ToString}"),
        },
    };
}
