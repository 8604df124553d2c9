using Microsoft.Extensions.Logging;

namespace Rota.Schedules;

/// <summary>Every line the schedules log. Event ids 3000 to 3099; an id is never reused.</summary>
internal static partial class ScheduleLog
{
    [LoggerMessage(3001, LogLevel.Debug, "Schedule {Schedule} enqueued {Count} jobs; it is due next at {NextDue:O}")]
    public static partial void Fired(this ILogger log, string schedule, int count, DateTimeOffset? nextDue);

    [LoggerMessage(3002, LogLevel.Warning,
        "Schedule {Schedule} missed {Count} occurrences up to {LastDue:O}, {Unrecorded} without a row ({Misfire})")]
    public static partial void Missed(
        this ILogger log, string schedule, int count, DateTimeOffset lastDue, int unrecorded, Misfire misfire);

    [LoggerMessage(3003, LogLevel.Error,
        "Schedule {Schedule} is broken and enqueues nothing until it is put again: {Problem}")]
    public static partial void Broken(this ILogger log, string schedule, string problem);

    [LoggerMessage(3004, LogLevel.Error, "Schedule {Schedule} could not enqueue; trying again")]
    public static partial void FireFailed(this ILogger log, Exception error, string schedule);

    [LoggerMessage(3005, LogLevel.Warning, "The store took no occurrences now, trying again: {Why}")]
    public static partial void StoreRefused(this ILogger log, string why);

    [LoggerMessage(3020, LogLevel.Information, "Schedule {Schedule} of {Owner}: {Action}")]
    public static partial void Declared(this ILogger log, string schedule, SetAction action, string owner);

    [LoggerMessage(3021, LogLevel.Warning, "Schedule {Schedule} of {Owner} is declared no more and still runs: remove "
        + "it, declare it again, or set {Option}")]
    public static partial void Undeclared(this ILogger log, string schedule, string owner, string option);

    [LoggerMessage(3022, LogLevel.Error, "Schedule {Schedule} is declared by {Owner} and stays as it is: {Why} Remove "
        + "it there and start again, or declare it no more")]
    public static partial void DefinedElsewhere(this ILogger log, string schedule, string owner, string why);
}
