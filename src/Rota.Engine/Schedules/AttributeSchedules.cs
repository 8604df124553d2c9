using System.Reflection;
using Rota.Jobs;

namespace Rota.Schedules;

/// <summary>The schedules that stand on arguments types as <see cref="EveryAttribute"/> and
/// <see cref="CronAttribute"/>.</summary>
internal static class AttributeSchedules
{
    /// <exception cref="ArgumentException">An attribute is wrong, stands on the handler, lacks a name, or the type
    /// cannot be read from <c>{}</c>.</exception>
    public static IReadOnlyList<ScheduleDefinition> Of(HandlerDescriptor handler)
    {
        var args = handler.ArgsType;
        if (handler.HandlerType.IsDefined(typeof(ScheduleAttribute)))
            throw new ArgumentException(
                $"{handler.HandlerType} carries a schedule: it belongs on the arguments, {args}.");
        var attributes = args.GetCustomAttributes<ScheduleAttribute>(inherit: false).ToList();
        if (attributes.Count == 0)
            return [];
        if (attributes.Count > 1 && attributes.Any(attribute => attribute.Name is null))
            throw new ArgumentException($"{args} has {attributes.Count} schedules: give each a Name.");
        CheckEmpty(handler);
        return [.. attributes.Select(attribute => Of(handler, attribute))];
    }

    private static ScheduleDefinition Of(HandlerDescriptor handler, ScheduleAttribute attribute)
    {
        try
        {
            return new ScheduleDefinition
            {
                Name = NameRule.Check("name", attribute.Name ?? handler.Kind),
                Trigger = TriggerOf(attribute),
                Kind = handler.Kind,
            };
        }
        catch (InvalidFieldException error)
        {
            throw new ArgumentException($"A schedule of {handler.ArgsType} is wrong: {error.Message} {error.Hint}",
                error);
        }
    }

    private static Trigger TriggerOf(ScheduleAttribute attribute) => attribute switch
    {
        EveryAttribute every => new IntervalTrigger(Durations.Parse(every.Interval, "every"),
            every.Anchor is { } anchor ? TriggerJson.Instant("anchor", anchor) : DateTimeOffset.UnixEpoch),
        CronAttribute cron => new CronTrigger(
            CronExpression.Parse(cron.Expression, CronWords.ParseDialect(cron.Dialect)), cron.Zone),
        _ => throw new ArgumentException($"There is no trigger of a {attribute.GetType()}.", nameof(attribute)),
    };

    private static void CheckEmpty(HandlerDescriptor handler)
    {
        if (RotaJson.Options.GetTypeInfo(handler.ArgsType).Properties.FirstOrDefault(RotaJson.IsNeeded) is { } needed)
            throw new ArgumentException($"A schedule of {handler.ArgsType} enqueues {{}}, and '{needed.Name}' has no "
                + "default: give it one, or use AddSchedule with arguments.");
        handler.Check("{}"u8.ToArray());
    }
}
