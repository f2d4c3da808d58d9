-- What an officer has in hand, and what waits for the one who was drawn for it.
CREATE INDEX task_in_hand ON task (officer) WHERE state = 'claimed';
CREATE INDEX task_drawn_for ON task (drawn) WHERE state = 'waiting' AND drawn IS NOT NULL;
