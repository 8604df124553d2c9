using System.Text.Json.Serialization;

namespace Rota;

/// <summary>How long a job waits after a failed attempt.</summary>
public enum BackoffKind { Fixed, Linear, Exponential, List }

/// <summary>A rule for the wait between attempts.</summary>
public sealed record Backoff
{
    /// <summary>Ten seconds doubling up to one hour, with jitter.</summary>
    public static readonly Backoff Default = Exponential(TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));

    [JsonConstructor]
    internal Backoff(BackoffKind kind, IReadOnlyList<TimeSpan> delays, TimeSpan max, bool jitter) =>
        (Kind, Delays, Max, Jitter) = (kind, delays, max, jitter);

    public BackoffKind Kind { get; }

    /// <summary>The one base delay, or the whole list. At least one, each 0 to 30 days.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; }

    /// <summary>No wait is longer. Default: 30 days, for <see cref="Exponential"/> 1 h.</summary>
    public TimeSpan Max { get; }

    /// <summary>True to choose a random wait between half of the delay and all of it.</summary>
    public bool Jitter { get; }

    /// <summary>The same wait each time.</summary>
    public static Backoff Fixed(TimeSpan delay) => new(BackoffKind.Fixed, [delay], Longest, jitter: false);

    /// <summary>The period times the attempts made so far.</summary>
    /// <remarks>densefog's <c>run_at = now + try_period * trys</c>.</remarks>
    public static Backoff Linear(TimeSpan period) => new(BackoffKind.Linear, [period], Longest, jitter: false);

    /// <summary>The first delay, then twice as long each time, up to <paramref name="max"/> (default 1 h).</summary>
    public static Backoff Exponential(TimeSpan first, TimeSpan? max = null, bool jitter = true) =>
        new(BackoffKind.Exponential, [first], max ?? TimeSpan.FromHours(1), jitter);

    /// <summary>The given waits in order; the last one repeats.</summary>
    public static Backoff List(params IReadOnlyList<TimeSpan> delays) =>
        new(BackoffKind.List, delays, Longest, jitter: false);

    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>The wait after attempt <paramref name="attempt"/> (from 1 on) has failed.</summary>
    /// <param name="attempt">Attempts made so far, at least 1.</param>
    /// <param name="random">0 to below 1; used only with <see cref="Jitter"/>.</param>
    public TimeSpan After(int attempt, double random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        var seconds = Kind switch
        {
            BackoffKind.Linear => Delays[0].TotalSeconds * attempt,
            BackoffKind.Exponential => Delays[0].TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 60)),
            BackoffKind.List => Delays[Math.Min(attempt, Delays.Count) - 1].TotalSeconds,
            _ => Delays[0].TotalSeconds,
        };
        var wait = TimeSpan.FromSeconds(Math.Min(seconds, Max.TotalSeconds));
        return Jitter ? wait * (0.5 + random / 2) : wait;
    }
}
