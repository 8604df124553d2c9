using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Rota.Jobs;

/// <summary>One kind and how to run it.</summary>
public abstract class HandlerDescriptor
{
    public required JobAttribute Job { get; init; }

    /// <summary><c>code</c>, or the name of the plug-in that brought it.</summary>
    public required string Source { get; init; }

    public required Type HandlerType { get; init; }

    public abstract Type ArgsType { get; }

    public string Kind => Job.Kind;

    /// <summary>The kind, its aliases, and the handler's full name.</summary>
    public IEnumerable<string> Names => [Kind, .. Job.Aliases];

    /// <summary>Runs one attempt with services of its own scope.</summary>
    /// <exception cref="ArgumentsException">The arguments do not fit.</exception>
    public abstract Task<JobResult> RunAsync(
        IServiceProvider scope, ReadOnlyMemory<byte> args, JobContext job, CancellationToken stop);

    /// <summary>Checks that arguments fit the type.</summary>
    /// <param name="resultInto">A field that is filled in only when an attempt starts: it is checked that the type has
    /// it, and no more.</param>
    /// <exception cref="ArgumentsException">They do not.</exception>
    public abstract void Check(ReadOnlyMemory<byte> args, string? resultInto = null);

    /// <summary>Describes a handler class: every <see cref="IJobHandler{TArgs}"/> that it implements is one
    /// kind.</summary>
    /// <exception cref="ArgumentException">No <see cref="JobAttribute"/> stands on the arguments or on the
    /// class.</exception>
    public static IReadOnlyList<HandlerDescriptor> From(Type handler, string source)
    {
        var implemented = handler.GetInterfaces()
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IJobHandler<>))
            .ToList();
        if (implemented.Count == 0)
            throw new ArgumentException($"{handler} implements no IJobHandler<T>.", nameof(handler));
        return [.. implemented.Select(type => From(handler, type.GetGenericArguments()[0], source))];
    }

    private static HandlerDescriptor From(Type handler, Type args, string source)
    {
        var job = args.GetCustomAttribute<JobAttribute>() ?? handler.GetCustomAttribute<JobAttribute>()
            ?? throw new ArgumentException(
                $"Neither {args} nor {handler} carries [Job(\"some.kind\")], so its jobs have no kind.",
                nameof(handler));
        NameRule.Check("kind", job.Kind);
        var descriptor = typeof(HandlerDescriptor)
            .GetMethod(nameof(Create), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(args);
        return (HandlerDescriptor)descriptor.Invoke(obj: null, [handler, job, source])!;
    }

    private static HandlerDescriptor<TArgs> Create<TArgs>(Type handler, JobAttribute job, string source) => new(handler)
    {
        Job = job,
        Source = source,
        HandlerType = handler,
    };
}

/// <inheritdoc/>
internal sealed class HandlerDescriptor<TArgs>(Type type) : HandlerDescriptor
{
    private readonly ObjectFactory _create = ActivatorUtilities.CreateFactory(type, []);

    public override Type ArgsType => typeof(TArgs);

    public override async Task<JobResult> RunAsync(
        IServiceProvider scope, ReadOnlyMemory<byte> args, JobContext job, CancellationToken stop)
    {
        var parsed = Parse(args);
        var handler = (IJobHandler<TArgs>)_create(new HandlerServices(scope), arguments: null);
        try
        {
            return await handler.RunAsync(parsed, job, stop);
        }
        finally
        {
            if (handler is IAsyncDisposable asyncDisposable)
                await asyncDisposable.DisposeAsync();
            else
                (handler as IDisposable)?.Dispose();
        }
    }

    public override void Check(ReadOnlyMemory<byte> args, string? resultInto)
    {
        if (resultInto is null)
            Parse(args);
        else if (!Has(resultInto))
            throw new ArgumentsException(Kind, typeof(TArgs), new JsonException($"There is no field '{resultInto}'."));
    }

    /// <summary>True too for a type that is no object of known fields.</summary>
    private static bool Has(string field)
    {
        RotaJson.Options.MakeReadOnly(populateMissingResolver: true);
        var info = RotaJson.Options.GetTypeInfo(typeof(TArgs));
        return info.Kind != JsonTypeInfoKind.Object || typeof(TArgs) == typeof(object) || info.Properties.Any(
            property => property.IsExtensionData || field.Equals(property.Name, StringComparison.OrdinalIgnoreCase));
    }

    private TArgs Parse(ReadOnlyMemory<byte> args)
    {
        try
        {
            return JsonSerializer.Deserialize<TArgs>(args.Span, RotaJson.Options)
                ?? throw new JsonException("The arguments are null.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new ArgumentsException(Kind, typeof(TArgs), error);
        }
    }
}

/// <summary>The arguments of a job do not fit the type that its handler takes. HTTP 400.</summary>
public sealed class ArgumentsException(string kind, Type type, Exception cause) : RotaException("job.args",
    $"The arguments do not fit {kind} ({type.Name}): {cause.Message}",
    "Send the fields that `rota plugins show` lists, in JSON.", cause);
