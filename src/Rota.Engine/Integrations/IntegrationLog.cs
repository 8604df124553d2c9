using Microsoft.Extensions.Logging;

namespace Rota.Integrations;

/// <summary>Every line of the integrations. Event ids 6100 to 6199; an id is never reused.</summary>
internal static partial class IntegrationLog
{
    [LoggerMessage(EventId = 6101, Message = "{Client} {Method} {Url} {Status} in {ElapsedMs} ms, tries: {Tries}")]
    public static partial void Called(this ILogger log,
        LogLevel level, string client, string method, string url, int status, long elapsedMs, int tries);

    [LoggerMessage(6102, LogLevel.Warning, "{Client} {Method} {Url} failed in {ElapsedMs} ms, tries: {Tries}: {Error}")]
    public static partial void CallFailed(this ILogger log,
        string client, string method, string url, string error, long elapsedMs, int tries);

    [LoggerMessage(EventId = 6103, Message = "{Line}")]
    public static partial void Output(this ILogger log, LogLevel level, string line);

    [LoggerMessage(6104, LogLevel.Warning, "Stopping the command: its processes get {Grace} to end themselves")]
    public static partial void StoppingCommand(this ILogger log, TimeSpan grace);
}
