import com.eventstore.dbclient.*;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The official Java client against a server: prints one line per check and ends with 1 when one
 * fails. Usage: java -cp … Check.java CONNECTION_STRING
 */
public class Check {
  private static final long patienceSeconds = 10;
  private static int failed = 0;

  private interface Work {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    EventStoreDBClient client =
        EventStoreDBClient.create(EventStoreDBConnectionString.parseOrThrow(arguments[0]));
    String stream = "java-" + UUID.randomUUID();
    EventData first = event("First");
    EventData second = event("Second");

    check("appends to a stream that is not there", () -> {
      WriteResult written = await(client.appendToStream(stream, expecting(ExpectedRevision.noStream()), first));
      same(ExpectedRevision.expectedRevision(0), written.getNextExpectedRevision());
    });
    check("appends at an exact revision, at a later position", () -> {
      Position before = last(client, stream).getPosition();
      WriteResult written = await(client.appendToStream(stream, expecting(ExpectedRevision.expectedRevision(0)), second));
      same(true, written.getLogPosition().compareTo(before) > 0);
    });
    check("repeats an append and gets the original revision, nothing written", () -> {
      WriteResult again = await(client.appendToStream(stream, expecting(ExpectedRevision.noStream()), first));
      same(ExpectedRevision.expectedRevision(0), again.getNextExpectedRevision());
      same(2, read(client, stream, ReadStreamOptions.get().forwards().fromStart()).size());
    });
    check("conflicts with another writer, and learns the actual revision", () -> {
      try {
        await(client.appendToStream(stream, expecting(ExpectedRevision.expectedRevision(0)), event("Third")));
        throw new AssertionError("it was written");
      } catch (ExecutionException error) {
        WrongExpectedVersionException conflict = (WrongExpectedVersionException) error.getCause();
        same(stream, conflict.getStreamName());
        same(ExpectedRevision.expectedRevision(1), conflict.getActualVersion());
      }
    });
    check("reads forwards and backwards, with bytes, type, id and time", () -> {
      RecordedEvent event = read(client, stream, ReadStreamOptions.get().forwards().fromRevision(1)).get(0);
      same("Second", event.getEventType());
      same(second.getEventId(), event.getEventId());
      same("{\"said\":\"Second ☃\"}", new String(event.getEventData(), StandardCharsets.UTF_8));
      same("application/json", event.getContentType());
      same(true, Math.abs(event.getCreated().toEpochMilli() - System.currentTimeMillis()) < 60_000);
      same("Second", last(client, stream).getEventType());
    });
    check("is told that a stream is not there", () -> {
      try {
        read(client, "java-none-" + UUID.randomUUID(), ReadStreamOptions.get());
        throw new AssertionError("it was found");
      } catch (ExecutionException error) {
        same(StreamNotFoundException.class, error.getCause().getClass());
      }
    });
    check("learns the ends of a stream and of all events", () -> {
      same(1L, await(client.readStream(stream, ReadStreamOptions.get().maxCount(1))).getLastStreamPosition());
      Position end = await(client.readAll(ReadAllOptions.get().forwards().fromStart())).getLastAllStreamPosition();
      same(true, end.compareTo(last(client, stream).getPosition()) >= 0);
    });
    check("keeps metadata of a stream and reads by it", () -> {
      StreamMetadata metadata = new StreamMetadata();
      metadata.setMaxCount(1L);
      await(client.setStreamMetadata(stream, metadata));
      same(1L, await(client.getStreamMetadata(stream)).getMaxCount());
      same(1, read(client, stream, ReadStreamOptions.get().forwards().fromStart()).size());
      await(client.setStreamMetadata(stream, new StreamMetadata()));
    });
    subscriptions(client, stream);
    check("deletes a stream, which then is not found", () -> {
      String ended = "java-" + UUID.randomUUID();
      await(client.appendToStream(ended, event("Only")));
      await(client.deleteStream(ended));
      try {
        read(client, ended, ReadStreamOptions.get());
        throw new AssertionError("it was found");
      } catch (ExecutionException error) {
        same(StreamNotFoundException.class, error.getCause().getClass());
      }
    });
    check("ends a stream for ever, which then is said to be deleted", () -> {
      String ended = "java-" + UUID.randomUUID();
      await(client.appendToStream(ended, event("Only")));
      await(client.tombstoneStream(ended));
      try {
        await(client.appendToStream(ended, event("More")));
        throw new AssertionError("it was written");
      } catch (ExecutionException error) {
        same(StreamDeletedException.class, error.getCause().getClass());
      }
    });
    await(client.shutdown());
    System.exit(failed == 0 ? 0 : 1);
  }

  private static void subscriptions(EventStoreDBClient client, String stream) {
    List<Position> seen = new ArrayList<>();
    check("follows all events of a prefix: history, caught up, live", () -> {
      Heard heard = new Heard();
      Subscription subscription =
          await(client.subscribeToAll(heard, SubscribeToAllOptions.get().fromStart().filter(of(stream))));
      same("First", heard.next().getEventType());
      RecordedEvent second = heard.next();
      same("Second", second.getEventType());
      same(true, heard.caughtUp.await(patienceSeconds, TimeUnit.SECONDS));
      await(client.appendToStream("java-other-" + UUID.randomUUID(), event("Other")));
      await(client.appendToStream(stream, event("Third")));
      same("Third", heard.next().getEventType());
      seen.add(second.getPosition());
      subscription.stop();
    });
    check("resumes after the position it had reached", () -> {
      Heard heard = new Heard();
      Subscription subscription =
          await(client.subscribeToAll(heard, SubscribeToAllOptions.get().fromPosition(seen.get(0)).filter(of(stream))));
      same("Third", heard.next().getEventType());
      await(client.appendToStream(stream, event("Fourth")));
      same("Fourth", heard.next().getEventType());
      subscription.stop();
    });
    check("resumes one stream after a revision", () -> {
      Heard heard = new Heard();
      Subscription subscription =
          await(client.subscribeToStream(stream, heard, SubscribeToStreamOptions.get().fromRevision(1)));
      same(2L, heard.next().getRevision());
      same(3L, heard.next().getRevision());
      subscription.stop();
    });
    check("hears how far a search without matches has come", () -> {
      CompletableFuture<Position> reached = new CompletableFuture<>();
      SubscriptionFilter filter =
          SubscriptionFilter.newBuilder()
              .addStreamNamePrefix("java-never-")
              .withMaxWindow(2)
              .withCheckpointer(
                  (subscription, position) -> {
                    reached.complete(position);
                    return CompletableFuture.completedFuture(null);
                  })
              .build();
      Subscription subscription =
          await(client.subscribeToAll(new Heard(), SubscribeToAllOptions.get().fromStart().filter(filter)));
      same(true, reached.get(patienceSeconds, TimeUnit.SECONDS) != null);
      subscription.stop();
    });
  }

  private static class Heard extends SubscriptionListener {
    final BlockingQueue<RecordedEvent> events = new LinkedBlockingQueue<>();
    final CountDownLatch caughtUp = new CountDownLatch(1);

    @Override
    public void onEvent(Subscription subscription, ResolvedEvent event) {
      events.add(event.getOriginalEvent());
    }

    @Override
    public void onCaughtUp(Subscription subscription) {
      caughtUp.countDown();
    }

    RecordedEvent next() throws InterruptedException {
      RecordedEvent event = events.poll(patienceSeconds, TimeUnit.SECONDS);
      if (event == null) throw new AssertionError("no event came");
      return event;
    }
  }

  /** Not by prefix: this client sends a prefix as an expression that matches anywhere in a name. */
  private static SubscriptionFilter of(String prefix) {
    return SubscriptionFilter.newBuilder().withStreamNameRegularExpression("^" + prefix).build();
  }

  private static AppendToStreamOptions expecting(ExpectedRevision revision) {
    return AppendToStreamOptions.get().expectedRevision(revision);
  }

  private static EventData event(String type) {
    byte[] data = ("{\"said\":\"" + type + " ☃\"}").getBytes(StandardCharsets.UTF_8);
    return EventDataBuilder.json(UUID.randomUUID(), type, data).build();
  }

  private static RecordedEvent last(EventStoreDBClient client, String stream) throws Exception {
    return read(client, stream, ReadStreamOptions.get().backwards().fromEnd().maxCount(1)).get(0);
  }

  private static List<RecordedEvent> read(EventStoreDBClient client, String stream, ReadStreamOptions options)
      throws Exception {
    List<RecordedEvent> events = new ArrayList<>();
    for (ResolvedEvent event : await(client.readStream(stream, options)).getEvents()) {
      events.add(event.getOriginalEvent());
    }
    return events;
  }

  private static <Result> Result await(CompletableFuture<Result> work) throws Exception {
    return work.get(patienceSeconds, TimeUnit.SECONDS);
  }

  private static void same(Object expected, Object actual) {
    if (!expected.equals(actual)) throw new AssertionError("expected " + expected + ", got " + actual);
  }

  private static void check(String name, Work work) {
    try {
      work.run();
      System.out.println("ok: " + name);
    } catch (Throwable error) {
      failed += 1;
      System.out.println("FAILED: " + name + ": " + error);
    }
  }
}
