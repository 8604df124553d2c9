using Microsoft.Extensions.Logging;

namespace Rota.Web;

/// <summary>Every line of the HTTP side. Event ids 5000 to 5099; an id is never reused.</summary>
internal static partial class WebLog
{
    [LoggerMessage(5001, LogLevel.Error, "A request to {Method} {Path} failed unexpectedly, reference {Reference}")]
    public static partial void Failed(this ILogger log, Exception error, string method, string path, string reference);

    [LoggerMessage(5002, LogLevel.Warning, "A row of the audit could not be written")]
    public static partial void AuditLost(this ILogger log, Exception error);

    [LoggerMessage(5003, LogLevel.Warning, "The store refused {Method} {Path}: {Code}")]
    public static partial void Refused(this ILogger log, Exception error, string method, string path, string code);

    [LoggerMessage(5004, LogLevel.Debug, "The counters could not be read for the console: {Why}")]
    public static partial void PulseMissed(this ILogger log, string why);
}
