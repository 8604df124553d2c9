using System.Reflection;
using System.Text.Json;

namespace Rota.Schedules;

/// <summary>Writes a schedule in code: one trigger, what to enqueue, and what else is to differ from the defaults.
/// </summary>
public sealed class ScheduleBuilder
{
    private readonly string _name;
    private Trigger? _trigger;
    private string? _kind;
    private byte[] _args = [];
    private JobOptions? _options;
    private RunPolicy _policy = new();
    private bool _startsPaused;

    internal ScheduleBuilder(string name) => _name = name;

    /// <summary>In equal steps of real time.</summary>
    /// <param name="interval">100 ms to 366 days.</param>
    /// <param name="anchor">What the steps are counted from. Default: 1970-01-01T00:00:00Z, so that what divides a day
    /// is due at midnight UTC too.</param>
    /// <exception cref="InvalidFieldException"><c>every</c>.</exception>
    public ScheduleBuilder Every(TimeSpan interval, DateTimeOffset? anchor = null) =>
        On(new IntervalTrigger(interval, anchor ?? DateTimeOffset.UnixEpoch));

    /// <summary>When the clock of a zone fits an expression.</summary>
    /// <param name="expression">Such as <c>0 9 * * 1-5</c>.</param>
    /// <param name="zone">IANA name.</param>
    /// <exception cref="InvalidFieldException"><c>cron</c> or <c>zone</c>.</exception>
    public ScheduleBuilder Cron(string expression, string zone = "UTC", CronDialect dialect = CronDialect.Unix) =>
        On(new CronTrigger(CronExpression.Parse(expression, dialect), zone));

    /// <summary>At one instant, which must be in the future when the schedule is made.</summary>
    public ScheduleBuilder Once(DateTimeOffset at) => On(new OnceTrigger(at));

    /// <summary>Every so many days, weeks, months or years from a date on.</summary>
    /// <inheritdoc cref="CalendarTrigger"/>
    public ScheduleBuilder Calendar(
        int every, CalendarUnit unit, DateOnly from, TimeOnly time, string zone = "UTC") =>
        On(new CalendarTrigger(every, unit, from, time, zone));

    /// <summary>Any other trigger, or one with <see cref="TriggerLimits"/>.</summary>
    /// <exception cref="InvalidOperationException">It has a trigger already.</exception>
    public ScheduleBuilder On(Trigger trigger)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        if (_trigger is not null)
            throw new InvalidOperationException($"The schedule '{_name}' has two triggers: combine them, "
                + "as On(new AnyTrigger([…])).");
        _trigger = trigger;
        return this;
    }

    /// <summary>What is enqueued: a job of the kind that <typeparamref name="TArgs"/> names.</summary>
    /// <param name="options">As of <see cref="ScheduleDefinition.Options"/>.</param>
    /// <exception cref="ArgumentException">The type carries no <see cref="JobAttribute"/>.</exception>
    public ScheduleBuilder Enqueue<TArgs>(TArgs args, JobOptions? options = null)
        where TArgs : notnull
    {
        var job = typeof(TArgs).GetCustomAttribute<JobAttribute>() ?? throw new ArgumentException(
            $"{typeof(TArgs)} carries no [Job(\"some.kind\")], so its jobs have no kind.", nameof(args));
        return Enqueue(job.Kind, JsonSerializer.SerializeToElement(args, RotaJson.Options), options);
    }

    /// <summary>What is enqueued: a job of a kind known by name only.</summary>
    /// <inheritdoc cref="Enqueue{TArgs}(TArgs, JobOptions?)"/>
    public ScheduleBuilder Enqueue(string kind, JsonElement args, JobOptions? options = null)
    {
        (_kind, _args, _options) = (kind, JsonSerializer.SerializeToUtf8Bytes(args), options);
        return this;
    }

    /// <summary>At most so many of its jobs at once.</summary>
    /// <param name="count">1 to 1,000.</param>
    /// <param name="whenFull">What a due time does while so many have not ended. Default: it enqueues nothing.</param>
    public ScheduleBuilder MaxRunning(int count, WhenFull whenFull = WhenFull.Skip) =>
        Policy(_policy with { MaxRunning = count, WhenFull = whenFull });

    /// <summary>All that <see cref="RunPolicy"/> says, in place of what was said before.</summary>
    public ScheduleBuilder Policy(RunPolicy policy)
    {
        _policy = policy;
        return this;
    }

    /// <summary>It is paused when it is made; one that is there stays as it is.</summary>
    public ScheduleBuilder StartPaused()
    {
        _startsPaused = true;
        return this;
    }

    internal ScheduleDefinition Build() => new()
    {
        Name = _name,
        Trigger = _trigger ?? throw new InvalidOperationException(
            $"The schedule '{_name}' is never due: add Every, Cron, Once, Calendar or On."),
        Kind = _kind ?? throw new InvalidOperationException($"The schedule '{_name}' enqueues nothing: add Enqueue."),
        Args = _args,
        Options = _options,
        Policy = _policy,
        StartsPaused = _startsPaused,
    };
}
