namespace Rota;

/// <summary>Names the kind that an arguments type is enqueued as, and the defaults of its jobs.</summary>
/// <param name="kind">Stable text, for example <c>invoice.send</c>: letters, digits, <c>. _ - :</c>, at most 200. It is
/// what the database holds, so the type can be renamed and moved freely.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class JobAttribute(string kind) : Attribute
{
    public string Kind { get; } = kind;

    /// <summary>Former kinds, and names such as <c>extensions.example.job:ExampleJob</c>, that mean this one
    /// too.</summary>
    public string[] Aliases { get; set; } = [];

    /// <summary>Default: <c>default</c>.</summary>
    public string? Queue { get; set; }

    /// <summary>0 to 9, lowest first. Default: 5.</summary>
    public int Priority { get; set; } = JobOptions.DefaultPriority;

    /// <summary>Attempts in all, 1 to 1,000. Default: 3.</summary>
    public int MaxAttempts { get; set; } = JobOptions.DefaultMaxAttempts;

    /// <summary>Longest run of one attempt, in seconds. Default: 3,600.</summary>
    public double TimeoutSeconds { get; set; } = JobOptions.DefaultTimeout.TotalSeconds;
}
