using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rota.Events;
using Rota.Web.Auth;

namespace Rota.Web.Api;

/// <summary>What the API reads and writes.</summary>
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(SetupRequest))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(MeView))]
[JsonSerializable(typeof(EnqueueRequest))]
[JsonSerializable(typeof(EnqueueManyRequest))]
[JsonSerializable(typeof(ChainRequest))]
[JsonSerializable(typeof(BatchRequest))]
[JsonSerializable(typeof(BatchView))]
[JsonSerializable(typeof(GraphView))]
[JsonSerializable(typeof(CancelRequest))]
[JsonSerializable(typeof(BulkRequest))]
[JsonSerializable(typeof(EnqueuedView))]
[JsonSerializable(typeof(EnqueuedManyView))]
[JsonSerializable(typeof(BulkView))]
[JsonSerializable(typeof(QueueLimitRequest))]
[JsonSerializable(typeof(CountsView))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(Page<JobView>))]
[JsonSerializable(typeof(Page<AttemptView>))]
[JsonSerializable(typeof(Page<LogLineView>))]
[JsonSerializable(typeof(Page<QueueView>))]
[JsonSerializable(typeof(ScheduleRequest))]
[JsonSerializable(typeof(ScheduleRuleRequest))]
[JsonSerializable(typeof(ScheduleRuleView))]
[JsonSerializable(typeof(ScheduleSetRequest))]
[JsonSerializable(typeof(ScheduleSetView))]
[JsonSerializable(typeof(ScheduleView))]
[JsonSerializable(typeof(Page<ScheduleView>))]
[JsonSerializable(typeof(Page<OccurrenceView>))]
[JsonSerializable(typeof(Page<ScheduleVersionView>))]
[JsonSerializable(typeof(ScheduleSelectionRequest))]
[JsonSerializable(typeof(ScheduleNamesView))]
[JsonSerializable(typeof(BackfillRequest))]
[JsonSerializable(typeof(BackfillView))]
[JsonSerializable(typeof(RestoreRequest))]
[JsonSerializable(typeof(PreviewRequest))]
[JsonSerializable(typeof(PreviewView))]
[JsonSerializable(typeof(CronView))]
[JsonSerializable(typeof(Page<EventView>))]
[JsonSerializable(typeof(Page<WebhookView>))]
[JsonSerializable(typeof(WebhookRequest))]
[JsonSerializable(typeof(Page<PluginView>))]
[JsonSerializable(typeof(Page<NodeView>))]
[JsonSerializable(typeof(Page<KindView>))]
[JsonSerializable(typeof(Page<SecretView>))]
[JsonSerializable(typeof(SecretRequest))]
[JsonSerializable(typeof(RotateRequest))]
[JsonSerializable(typeof(RotationView))]
[JsonSerializable(typeof(Page<TokenView>))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(NewTokenView))]
[JsonSerializable(typeof(Page<UserView>))]
[JsonSerializable(typeof(UserView))]
[JsonSerializable(typeof(UserRequest))]
[JsonSerializable(typeof(Page<AuditView>))]
[JsonSerializable(typeof(Page<FindingView>))]
[JsonSerializable(typeof(Page<SupervisorView>))]
[JsonSerializable(typeof(Page<SupervisedProcessView>))]
[JsonSerializable(typeof(Page<ProcessOutcomeView>))]
[JsonSerializable(typeof(ProcessConfigView))]
[JsonSerializable(typeof(GroupChangesView))]
[JsonSerializable(typeof(SignalRequest))]
[JsonSerializable(typeof(StdinRequest))]
[JsonSerializable(typeof(UpdateRequest))]
[JsonSerializable(typeof(Page<ProcessLineView>))]
[JsonSerializable(typeof(ProcessLineView))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>How the API speaks JSON: snake_case, what says nothing is left out, what is not known is refused.</summary>
internal static class ApiJsonOptions
{
    /// <summary>The same as every endpoint uses, for what is written by hand.</summary>
    public static readonly JsonSerializerOptions Value = New();

    public static void Configure(JsonSerializerOptions options)
    {
        options.TypeInfoResolverChain.Insert(0, ApiJson.Default);
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null; // keys are the user's own names
        options.PropertyNameCaseInsensitive = false;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // the answers are JSON, never HTML
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }

    private static JsonSerializerOptions New()
    {
        var options = new JsonSerializerOptions();
        Configure(options);
        return options;
    }
}

/// <summary>A list, or the part of it that was asked for.</summary>
/// <param name="Next">Where the next part begins; null at the end.</param>
internal sealed record Page<T>(
    IReadOnlyList<T> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next = null);

/// <summary>JSON that is passed through as it is.</summary>
[JsonConverter(typeof(RawJsonConverter))]
public sealed record RawJson(string Text);

public sealed class RawJsonConverter : JsonConverter<RawJson>
{
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new RawJson(document.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Text, skipInputValidation: true); // it was written by our own masking
}
