using System.Text.Json;

namespace Rota;

/// <summary>One job of a chain or a batch, which is enqueued with the others.</summary>
public sealed class JobStep
{
    private JobStep(object args, JobOptions? options) => (Args, Options) = (args, options);

    internal object Args { get; }

    /// <summary>Of <see cref="Args"/>; null when the kind is given by name.</summary>
    internal Type? ArgsType { get; private init; }

    internal string? Kind { get; private init; }

    internal JobOptions? Options { get; }

    /// <summary>A job of the kind that <typeparamref name="TArgs"/> names.</summary>
    public static JobStep Of<TArgs>(TArgs args, JobOptions? options = null)
        where TArgs : notnull => new(args, options) { ArgsType = typeof(TArgs) };

    /// <summary>A job of a kind known by name only; the kind need not have a handler yet.</summary>
    public static JobStep Of(string kind, JsonElement args, JobOptions? options = null) =>
        new(args, options) { Kind = kind };
}
