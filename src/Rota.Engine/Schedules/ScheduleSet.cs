namespace Rota.Schedules;

/// <summary>All schedules that are defined in one place, such as a program or a file.</summary>
/// <param name="Owner">That place, such as <c>file:schedules.yaml</c>: letters, digits, <c>. _ - :</c>, at most 200.
/// </param>
/// <param name="Definitions">At most 1,000, of different names; their own owner is not looked at.</param>
/// <param name="Prunes">True: schedules of this owner that are not among them are removed.</param>
/// <param name="TakesOver">True: schedules of these names that another owns, or nobody, become this owner's.</param>
public sealed record ScheduleSet(
    string Owner, IReadOnlyList<ScheduleDefinition> Definitions, bool Prunes = false, bool TakesOver = false)
{
    /// <summary>The error of one definition, as that of the whole set.</summary>
    public static InvalidFieldException ErrorOf(string name, InvalidFieldException error) => new(
        error.Field.Length > 0 ? $"schedules.{name}.{error.Field}" : $"schedules.{name}",
        $"Schedule {name}: {error.Message}", error.Hint, error);
}

/// <summary>What is to be done with one schedule of a set.</summary>
public enum SetAction
{
    Create = 0,
    Change = 1,
    Unchanged = 2,

    /// <summary>It is the owner's and not in the set any more.</summary>
    Remove = 3,

    /// <summary>It is defined elsewhere, or by hand, and is not to be taken over.</summary>
    Conflict = 4,
}

/// <summary>What a set means for one schedule.</summary>
/// <param name="Before">The rule as it stands; null when there is none.</param>
/// <param name="After">The rule as the set has it; null when it is to be removed.</param>
public sealed record SetChange(string Name, SetAction Action, ScheduleRule? Before, ScheduleRule? After)
{
    /// <summary>The secrets that are to be others, by name.</summary>
    public IReadOnlyList<SecretChange> Secrets { get; init; } = [];

    /// <summary>Why it is a conflict; else null.</summary>
    public ConflictException? Error { get; init; }

    /// <summary>What is put when it is to be made or changed.</summary>
    internal ScheduleDefinition? Definition { get; init; }
}

/// <summary>A secret of a schedule that is to be made, removed, or to get another value.</summary>
public sealed record SecretChange(string Name, bool IsThere, bool WillBeThere);

/// <summary>What a set means for the schedules as they stand.</summary>
/// <param name="Changes">In the order of the set, then what is to be removed, by name.</param>
/// <param name="Undeclared">Schedules of the owner that are not in the set and stay, by name.</param>
public sealed record SetPlan(IReadOnlyList<SetChange> Changes, IReadOnlyList<string> Undeclared);
