using Microsoft.Extensions.Options;
using Rota.Storage;

namespace Rota.Jobs;

/// <summary>How long ended jobs are kept. Section <c>Retention</c>. 0 deletes a job as it ends.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>Duration, 0 s on. Default: 7 days.</summary>
    public TimeSpan Succeeded { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Duration, 0 s on. Default: 90 days.</summary>
    public TimeSpan Failed { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Duration, 0 s on. Default: 7 days.</summary>
    public TimeSpan Canceled { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Other durations for single kinds, by kind; what is left out there is as above.</summary>
    public IDictionary<string, KindRetention> Kinds { get; set; } = new Dictionary<string, KindRetention>();
}

/// <summary>How long ended jobs of one kind are kept.</summary>
public sealed class KindRetention
{
    public TimeSpan? Succeeded { get; set; }

    public TimeSpan? Failed { get; set; }

    public TimeSpan? Canceled { get; set; }
}

/// <summary>Answers for a kind and a final state how long to keep.</summary>
internal sealed class RetentionRule(IOptions<RetentionOptions> options)
{
    private readonly RetentionOptions _options = options.Value;

    public TimeSpan For(string kind, JobState state)
    {
        var own = _options.Kinds.TryGetValue(kind, out var found) ? found : null;
        return state switch
        {
            JobState.Succeeded => own?.Succeeded ?? _options.Succeeded,
            JobState.Failed => own?.Failed ?? _options.Failed,
            _ => own?.Canceled ?? _options.Canceled,
        };
    }

    public bool IsKept(Finished finished) =>
        JobState.Running.After(finished.Event) is not { IsFinal: true } state
        || For(finished.Job.Kind, state) > TimeSpan.Zero;

    public Retention ToRetention(int limit)
    {
        List<TimeSpan?> all = [_options.Succeeded, _options.Failed, _options.Canceled,
            .. _options.Kinds.Values.SelectMany(kind => new[] { kind.Succeeded, kind.Failed, kind.Canceled })];
        return new Retention(For, all.OfType<TimeSpan>().Min(), limit);
    }
}
